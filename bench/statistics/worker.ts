/**
 * Trains every n-th experiment of the studies and appends one JSON line each; what is in the file already is not done
 * again. Usage: node worker.mjs REQUEST, with {@link Request} as JSON.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
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
  /** Pattern of the studies that are wanted. */
  readonly studies: string;
}

const { pools, model, cache, out, shard, shards, most, studies } = JSON.parse(process.argv[2]!) as Request;
const done = new Set(existsSync(out) ? readFileSync(out, 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as { key: string }).key) : []);

for (const study of STUDIES.filter(({ name }) => new RegExp(studies).test(name))) {
  for (const [name, folder] of Object.entries(pools)) {
    const pool = await openPool(name, folder, model, cache);
    for (const design of study.designs) {
      for (let index = shard; index < Math.min(study.experiments, most); index += shards) {
        const key = `${study.name}/${name}/${design}/${index}`;
        if (!done.has(key)) appendFileSync(out, `${JSON.stringify({ key, ...study.train(pool, design, index) })}\n`);
      }
    }
    pool.laboratory.close();
  }
}
