// Where the suite finds its sources and keeps what it has measured.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/bundle.mjs';
import { prepareDigits, preparePools } from '../statistics/pools.mjs';

const cache = path.join(root, 'bench', '.cache');

export const places = {
  trunk: path.join(root, 'fixtures', 'models', 'efficientnet-lite0', 'model.json'),
  cache: path.join(cache, 'faults', 'trunk'),
  results: path.join(cache, 'faults'),
};

/** @returns the folders of the sources that are not generated */
export function prepare() {
  mkdirSync(places.results, { recursive: true });
  const pools = path.join(cache, 'statistics', 'pools');
  return { ...preparePools(pools, ['emoji', 'fashion-mnist']), digits: prepareDigits(pools) };
}

/** Runs a worker to its end. */
export function work(worker, request) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [worker], { stdio: ['pipe', 'inherit', 'inherit'] });
    child.stdin.end(JSON.stringify(request));
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`A worker ended with exit code ${code}.`))));
  });
}
