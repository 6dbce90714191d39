// How often the rules are right: healthy programs and labelled faults, checked as the product checks, with the peers'
// rules beside them over the same evidence. Goes on where it stopped: what was trained is kept in bench/.cache.
// Usage: npm run bench:faults -- [--half tuning|reporting] [--healthy 4] [--faults 5] [--shards 2]
//   healthy: checks of each healthy program; faults: the first so many of each, for less time
//   tuning prints its tables; reporting, which is for the results page alone, writes docs/results/faults.md
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../scripts/bundle.mjs';
import { bundleEntry } from '../bundle.mjs';
import { readLabels } from './labels.mjs';
import { places, prepare, work } from './prepare.mjs';
import { tables, writePage } from './report.mjs';

const { values } = parseArgs({ options: { half: { type: 'string', default: 'tuning' }, healthy: { type: 'string', default: '4' }, faults: { type: 'string', default: '5' }, shards: { type: 'string', default: String(availableParallelism()) } } });
const { half } = values;
if (half !== 'tuning' && half !== 'reporting') throw new Error(`--half is ${half}; it must be tuning or reporting.`);

/** What the measurements depend on besides the programs. */
const MEASURING = ['src/engine', 'src/experiment', 'src/model', 'src/stats', 'src/evidence', 'kernels/assembly'];

function hashOfCode() {
  const hash = createHash('sha256');
  for (const folder of MEASURING) {
    for (const entry of readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true }).toSorted((a, b) => (path.join(a.parentPath, a.name) < path.join(b.parentPath, b.name) ? -1 : 1))) {
      if (entry.isFile()) hash.update(readFileSync(path.join(entry.parentPath, entry.name)));
    }
  }
  return hash.digest('hex');
}

/** The reporting half's seeds derive from the commit that froze the thresholds, so that nobody has seen them before. */
function firstCheck() {
  if (half === 'tuning') return 0;
  const frozen = path.join(root, 'bench', 'faults', 'frozen.json');
  if (!existsSync(frozen)) throw new Error('The thresholds are not frozen: bench/faults/frozen.json is missing.');
  return parseInt(JSON.parse(readFileSync(frozen, 'utf8')).commit.slice(0, 6), 16);
}

const started = performance.now();
const worker = await bundleEntry('bench/faults/check-worker.ts');
const folders = prepare();
const shards = Number(values.shards);
const files = Array.from({ length: shards }, (_, shard) => path.join(places.results, `${half}-${shard}.jsonl`));
const request = { half, folders, places, memory: path.join(places.results, 'memory'), code: hashOfCode(), first: firstCheck(), healthy: Number(values.healthy), faults: Number(values.faults), shards };
for (const file of files) rmSync(file, { force: true });
await Promise.all(files.map((out, shard) => work(worker, { ...request, out, shard })));
const results = files.flatMap((file) => readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line)));
const measured = tables(results, readLabels());
process.stdout.write(`${measured}\n`);
if (half === 'reporting') writePage(measured, `npm run bench:faults -- ${process.argv.slice(2).join(' ')}`, (performance.now() - started) / 1000);
