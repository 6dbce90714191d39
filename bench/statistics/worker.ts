/**
 * Trains every n-th experiment of the studies and appends one JSON line each; what is in the file already is not done
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
  /** Most experiments of each study, pool and design. */
  readonly most: number;
}

const DESIGNS: readonly Design[] = ['folds', 'fixed'];
const { pools, model, cache, out, shard, shards, most } = JSON.parse(process.argv[2]!) as Request;
const done = new Set(existsSync(out) ? readFileSync(out, 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as { key: string }).key) : []);

for (const study of STUDIES) {
  for (const [name, folder] of Object.entries(pools)) {
    const pool = await openPool(name, folder, model, cache);
    for (const design of DESIGNS) {
      for (let index = shard; index < Math.min(study.experiments, most); index += shards) {
        const key = `${study.name}/${name}/${design}/${index}`;
        if (!done.has(key)) appendFileSync(out, `${JSON.stringify({ key, outcomes: study.train(pool, design, index) })}\n`);
      }
    }
    pool.laboratory.close();
  }
}
