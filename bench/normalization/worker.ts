/**
 * Trains the named cells and appends one JSON line for each run; what is in the file already is not done again.
 * Usage: node worker.mjs REQUEST, with {@link Request} as JSON.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { CELLS, nameOf } from './cells.ts';
import { Bench } from './training.ts';

interface Request {
  /** Folders of class folders, by name of the data. */
  readonly pools: Readonly<Record<string, string>>;
  /** Paths of model.json, by name of the network and size of the images: `lite0/96`. */
  readonly models: Readonly<Record<string, string>>;
  /** Names of cells. */
  readonly cells: readonly string[];
  readonly out: string;
}

const { pools, models, cells, out } = JSON.parse(process.argv[2]!) as Request;
const rows = existsSync(out) ? readFileSync(out, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { key: string; result: unknown }) : [];
const kept = new Map(rows.map(({ key, result }) => [key, result]));

for (const cell of CELLS.filter((one) => cells.includes(nameOf(one)))) {
  const bench = await Bench.open(cell, pools[cell.data]!, models[`${cell.network}/${cell.size}`] ?? null);
  bench.perform((key, work) => {
    if (kept.has(key)) return kept.get(key);
    const result = work();
    kept.set(key, result);
    appendFileSync(out, `${JSON.stringify({ key, result })}\n`);
    return result;
  });
  bench.close();
}
