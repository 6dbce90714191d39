// Is it necessary to normalize the input? The experiment over several networks, data sets and ways to train, each arm at its
// own best rate. Stops and goes on where it stopped; writes docs/results/is-normalization-necessary.md.
// Usage: npm run bench:normalization [-- --cells REGEXP] [-- --report] (what was done so far)
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { root } from '../../scripts/bundle.mjs';
import { bundleEntry } from '../bundle.mjs';
import { convertNetworks, fetchPackages, withPoolOf } from '../fingerprint/networks.mjs';
import { preparePools } from '../statistics/pools.mjs';
import { readPublished, writePages } from './report.mjs';

const { values } = parseArgs({ options: { cells: { type: 'string', default: '' }, report: { type: 'boolean', default: false } } });
/** Pixels of the images: networks that pool over a fixed window have to be told. */
const SIZES = [64, 96];
const cache = path.join(root, 'bench', '.cache', 'normalization');
const results = path.join(cache, 'results');
mkdirSync(results, { recursive: true });
const worker = await bundleEntry('bench/normalization/worker.ts');
const { cellNames, verdicts } = await import(pathToFileURL(await bundleEntry('bench/normalization/verdicts.ts')).href);

if (!values.report) {
  const pools = preparePools(path.join(root, 'bench', '.cache', 'statistics', 'pools'), ['emoji', 'fashion-mnist', 'digits', 'scenes', 'coastline']);
  const networks = path.join(cache, 'networks');
  const folders = convertNetworks(networks, fetchPackages(networks));
  const folderAt = (name, size) => (name === 'mobilenet' ? withPoolOf(folders[name], size) : folders[name]);
  const models = Object.fromEntries(SIZES.flatMap((size) => Object.keys(folders).map((name) => [`${name}/${size}`, path.join(folderAt(name, size), 'model.json')])));
  const open = cellNames.filter((name) => new RegExp(values.cells).test(name));
  const next = async () => {
    for (let cell = open.shift(); cell !== undefined; cell = open.shift()) await work({ pools, models, cells: [cell], out: path.join(results, `${cell.replaceAll('/', '-')}.jsonl`) });
  };
  await Promise.all(Array.from({ length: availableParallelism() }, next));
}
const files = readdirSync(results).filter((file) => file.endsWith('.jsonl'));
const lines = files.flatMap((file) => readFileSync(path.join(results, file), 'utf8').trim().split('\n').map((line) => JSON.parse(line)));
writePages(verdicts(lines, readPublished()));

function work(request) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [worker, JSON.stringify(request)], { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`A worker ended with exit code ${code}.`))));
  });
}
