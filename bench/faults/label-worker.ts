/**
 * Measures what every n-th program of the suite is worth and appends one JSON line each; what is known already is not
 * measured again. Reads a {@link LabelRequest} as JSON from standard input.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { behaviour } from './label.ts';
import type { Half } from './data-set.ts';
import type { Folders } from './pictures.ts';
import { inTurn } from './population.ts';
import { contentKey } from './program.ts';
import { sources } from './sources.ts';
import type { Places } from './workbench.ts';

interface LabelRequest {
  readonly halves: readonly Half[];
  readonly folders: Folders;
  readonly places: Places;
  readonly known: readonly string[];
  readonly out: string;
  readonly shard: number;
  readonly shards: number;
}

const { halves, folders, places, known, out, shard, shards } = JSON.parse(readFileSync(0, 'utf8')) as LabelRequest;
const dataOf = sources(folders);
const done = new Set(known);
const programs = halves.flatMap(inTurn).toSorted((a, b) => a.rank - b.rank);

for (const [index, { operator, strength, program }] of programs.entries()) {
  if (index % shards !== shard) continue;
  const data = await dataOf(program);
  const key = contentKey(program, data);
  if (done.has(key)) continue;
  const accuracies = await behaviour(program, data, places);
  appendFileSync(out, `${JSON.stringify({ key, data: program.data, label: { base: program.base, operator, strength, accuracies } })}\n`);
}
