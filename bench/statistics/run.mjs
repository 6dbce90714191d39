// Whether the verdicts hold what they promise, with the real engine: A/A calibration, coverage of the intervals, power.
// Trains once, keeps each outcome, and judges all of them anew each time; stops and goes on where it stopped. Writes
// docs/results/statistics.md.
// Usage: npm run bench:statistics -- [--most 20] (experiments of each study, for a quick look; writes no page) [--studies REGEXP] [--report] (what was trained so far)
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { root } from '../../scripts/bundle.mjs';
import { bundleEntry } from '../bundle.mjs';
import { preparePools } from './pools.mjs';
import { page, writePage } from './report.mjs';

const { values } = parseArgs({ options: { most: { type: 'string' }, studies: { type: 'string', default: '' }, report: { type: 'boolean', default: false } } });
const most = Number(values.most ?? Infinity);
if (!(most > 0)) throw new Error(`--most is ${values.most}; it must be a number above 0.`);

const cache = path.join(root, 'bench', '.cache', 'statistics');
const pools = preparePools(path.join(cache, 'pools'), ['emoji', 'fashion-mnist']);
const model = path.join(root, 'fixtures', 'models', 'efficientnet-lite0', 'model.json');
const results = path.join(cache, 'outcomes');
mkdirSync(results, { recursive: true });
if (!values.report) {
  const worker = await bundleEntry('bench/statistics/worker.ts');
  const shards = availableParallelism();
  await Promise.all(Array.from({ length: shards }, (_, shard) => work(worker, { pools, model, cache, out: path.join(results, `${shard}-of-${shards}.jsonl`), shard, shards, most: Number.isFinite(most) ? most : Number.MAX_SAFE_INTEGER, studies: values.studies })));
}
const { tablesOf } = await import(pathToFileURL(await bundleEntry('bench/statistics/verdicts.ts')).href);
const measured = page(await tablesOf(outcomes(), pools));
process.stdout.write(`${measured}\n`);
if (values.most === undefined) writePage(measured);

/** Of all workers, each experiment once. */
function outcomes() {
  const files = readdirSync(results).filter((file) => file.endsWith('.jsonl')).map((file) => path.join(results, file));
  const lines = files.filter(existsSync).flatMap((file) => readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line)));
  return [...new Map(lines.map((line) => [line.key, line])).values()].filter(({ key }) => Number(key.split('/').at(-1)) < most);
}

function work(worker, request) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [worker, JSON.stringify(request)], { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`A worker ended with exit code ${code}.`))));
  });
}
