// Labels by behaviour: what each program is worth on examples and seeds that the detector never sees. Committed in
// bench/faults/labels/, keyed by content, so that only programs that changed are measured again.
// Usage: node bench/faults/labels.mjs [--half tuning|reporting] (minutes; goes on where it stopped; both halves by default)
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../scripts/bundle.mjs';
import { bundleEntry } from '../bundle.mjs';
import { places, prepare, work } from './prepare.mjs';

const folder = path.join(root, 'bench', 'faults', 'labels');

/** @returns labels by key */
export function readLabels() {
  if (!existsSync(folder)) return {};
  return Object.assign({}, ...readdirSync(folder).map((file) => JSON.parse(readFileSync(path.join(folder, file), 'utf8'))));
}

/** Takes what workers left, so that nothing is lost where they were stopped. */
export function collect(files) {
  const lines = files.filter(existsSync).flatMap((file) => readFileSync(file, 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line)));
  mkdirSync(folder, { recursive: true });
  for (const data of new Set(lines.map((line) => line.data))) {
    const file = path.join(folder, `${data}.json`);
    const labels = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
    for (const { key, label } of lines.filter((line) => line.data === data)) labels[key] = label;
    const rows = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, label]) => `${JSON.stringify(key)}: ${JSON.stringify(label)}`);
    writeFileSync(file, `{\n${rows.join(',\n')}\n}\n`);
  }
  for (const file of files) rmSync(file, { force: true });
}

if (process.argv[1] === import.meta.filename) {
  const { half } = parseArgs({ options: { half: { type: 'string' } } }).values;
  const halves = half === undefined ? ['tuning', 'reporting'] : [half];
  const worker = await bundleEntry('bench/faults/label-worker.ts');
  const folders = prepare();
  const shards = availableParallelism();
  const files = Array.from({ length: shards }, (_, shard) => path.join(places.results, `labels-${shard}.jsonl`));
  collect(files);
  const known = Object.keys(readLabels());
  await Promise.all(files.map((out, shard) => work(worker, { halves, folders, places, known, out, shard, shards })));
  collect(files);
}
