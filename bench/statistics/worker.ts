/**
 * Does every n-th experiment of the studies and appends one JSON line each; what is in the file already is not done
 * again. Usage: node worker.mjs REQUEST, with {@link Request} as JSON.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Design } from './experiments.ts';
import { openPool } from './pool.ts';
import { STUDIES } from './studies.ts';

interface Request {
  /** Folders of class folders, by name. */
  readonly pools: Readonly<Record<string, string>>;
  readonly model: string;
  readonly cache: string;
  readonly out: string;
  readonly shard: number;
  readonly shards: number;
  /** Share of the experiments, for a quick look. */
  readonly share: number;
}

const DESIGNS: readonly Design[] = ['folds', 'fixed'];
const { pools, model, cache, out, shard, shards, share } = JSON.parse(process.argv[2]!) as Request;
const done = new Set(existsSync(out) ? readFileSync(out, 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as { key: string }).key) : []);

for (const [name, folder] of Object.entries(pools)) {
  const pool = await openPool(name, folder, model, cache);
  for (const study of STUDIES) {
    for (const design of DESIGNS) {
      for (let index = shard; index < study.experiments * share; index += shards) {
        const key = `${study.name}/${name}/${design}/${index}`;
        if (!done.has(key)) appendFileSync(out, `${JSON.stringify({ key, result: study.measure(pool, design, index) })}\n`);
      }
    }
  }
  pool.laboratory.close();
}
