// Whether the verdicts hold what they promise, with the real engine: A/A calibration, coverage of the intervals, power.
// Stops and goes on where it stopped; writes docs/results/statistics.md.
// Usage: npm run bench:statistics -- [--share 0.01] (of the experiments, for a quick look; writes no page)
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../scripts/bundle.mjs';
import { bundleEntry } from '../bundle.mjs';
import { preparePools } from './pools.mjs';
import { tables, writePage } from './report.mjs';

const { values } = parseArgs({ options: { share: { type: 'string', default: '1' } } });
const share = Number(values.share);
if (!(share > 0 && share <= 1)) throw new Error(`--share is ${values.share}; it must be above 0 and up to 1.`);

const cache = path.join(root, 'bench', '.cache', 'statistics');
const worker = await bundleEntry('bench/statistics/worker.ts');
const pools = preparePools(path.join(cache, 'pools'));
const model = path.join(root, 'fixtures', 'models', 'efficientnet-lite0', 'model.json');
const results = path.join(cache, `results-${share}`);
mkdirSync(results, { recursive: true });
const shards = availableParallelism();
const files = Array.from({ length: shards }, (_, shard) => path.join(results, `${shard}-of-${shards}.jsonl`));
const started = performance.now();
const resumed = files.some(existsSync);
await Promise.all(files.map((out, shard) => work({ pools, model, cache, out, shard, shards, share })));
const lines = files.flatMap((file) => readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line)));
const measured = tables(lines);
process.stdout.write(`${measured}\n`);
if (share === 1) writePage(measured, resumed ? null : (performance.now() - started) / 1000);

function work(request) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [worker, JSON.stringify(request)], { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`A worker ended with exit code ${code}.`))));
  });
}
