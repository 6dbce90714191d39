// Who takes part in which workload, and how each is started.
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { root } from '../scripts/bundle.mjs';

const peers = path.join(import.meta.dirname, 'peers');
export const python = path.join(import.meta.dirname, '.venv', 'bin', 'python');

/** Our command. `cache` is where features may be kept between runs. */
function ours({ config, threads, result }, cache) {
  return {
    argv: [process.execPath, path.join(root, 'dist', 'cli.cjs'), 'check', config, '--json', result, '--threads', String(threads)],
    env: { LAYER_VITALS_CACHE: cache },
    // A failed verdict is a verdict.
    accepted: [0, 1],
  };
}

/** Keeps large blocks for the next tensor instead of giving them back: what PyTorch's tuning guide gains by another allocator. */
const KEEP_BLOCKS = 'glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=8589934592';

function inPython(script, env = {}) {
  return ({ job, folder, threads, result, check }) => ({
    argv: [python, path.join(peers, script), job, result, ...(check ? [check] : [])],
    env: { OMP_NUM_THREADS: String(threads), GLIBC_TUNABLES: KEEP_BLOCKS, ONNX: folder, TF_CPP_MIN_LOG_LEVEL: '2', ...env },
  });
}

/**
 * `workloads`: with the folder of each; `rounds`: at most so many, where one takes minutes.
 * `start` returns a command; with `check`, one that follows the first updates of ours instead of doing the job.
 */
export const CONTESTANTS = [
  {
    id: 'ours',
    name: 'layer-vitals',
    workloads: ['W1', 'W2', 'W3'],
    start: (place) => ours(place, mkdtempSync(path.join(place.folder, 'cache-'))),
  },
  {
    id: 'ours-warm',
    name: 'layer-vitals, features in its cache',
    workloads: ['W1'],
    start: (place) => {
      const cache = path.join(place.folder, 'warm-cache');
      mkdirSync(cache, { recursive: true });
      return ours(place, cache);
    },
  },
  { id: 'ort-numpy', name: 'onnxruntime trunk, NumPy heads', python: true, workloads: ['W1'], start: inPython('ort_numpy.py') },
  { id: 'pytorch-cached', name: 'PyTorch, features cached', python: true, workloads: ['W1'], start: inPython('pytorch.py', { MODE: 'cached' }) },
  { id: 'pytorch-naive', name: 'PyTorch, naive', python: true, workloads: ['W1'], rounds: 1, start: inPython('pytorch.py', { MODE: 'naive' }) },
  { id: 'pytorch', name: 'PyTorch', python: true, workloads: ['W2', 'W3'], start: inPython('pytorch.py') },
];

/** Who can run here; the second list says why the others cannot. */
export function present(contestants) {
  const hasPython = existsSync(python);
  return {
    able: contestants.filter((contestant) => !contestant.python || hasPython),
    skipped: contestants.filter((contestant) => contestant.python && !hasPython).map(({ name }) => `${name}: no Python environment; \`npm run bench:setup\` makes one.`),
  };
}
