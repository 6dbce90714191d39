// Who takes part in which workload, and how each is started.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { root } from '../scripts/bundle.mjs';

const peers = path.join(import.meta.dirname, 'peers');
export const python = path.join(import.meta.dirname, '.venv', 'bin', 'python');

const command = path.join(root, 'dist', 'cli.cjs');

/** Our command, from cold: nothing is kept between runs. */
function ours(backend) {
  return ({ config, threads, result, seeds }) => ({
    argv: [process.execPath, command, 'check', config, '--backend', backend, '--json', result, '--threads', String(threads), ...(seeds ? ['--seeds', String(seeds)] : [])],
    env: { LAYER_VITALS_CACHE: 'off' },
    // A failed verdict is a verdict.
    accepted: [0, 1],
  });
}

/** Keeps large blocks for the next tensor instead of giving them back: what PyTorch's tuning guide gains by another allocator. */
const KEEP_BLOCKS = 'glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=8589934592';

function inPython(script, env = {}) {
  return ({ job, folder, threads, result, check, seeds }) => ({
    argv: [python, path.join(peers, script), job, result, ...(check ? [check] : [])],
    env: {
      OMP_NUM_THREADS: String(threads),
      GLIBC_TUNABLES: KEEP_BLOCKS,
      ONNX: folder,
      TF_CPP_MIN_LOG_LEVEL: '2',
      ...(seeds ? { SEEDS: String(seeds) } : {}),
      ...env,
    },
  });
}

/** Plain TensorFlow.js; `plainTfjs` is the bundled script. On the cpu backend a step takes minutes. */
function inTfjs(backend) {
  return ({ config, job, plainTfjs, result, check, seeds }) => ({
    argv: [process.execPath, plainTfjs, config, job, result, ...(check ? [check] : [])],
    env: { BACKEND: backend, ...(seeds && backend === 'cpu' ? { STEPS: '2' } : {}) },
  });
}

/**
 * TensorFlow adds up the statistics of a batch in single precision, value by value (docs/results/wasm-and-native.md),
 * and a deep network makes the error larger with each layer and update; in W3 PyTorch is as far from its own double
 * precision. Our native backend does so, too, where our own operations are not compiled.
 */
const ROUNDING_BOUNDS = { W2: { start: 1e-2, updated: 5e-2 }, W3: { start: 5e-2, updated: 2e-1 } };

/**
 * `own`: our command, whose evidence is compared instead of what it follows; `needs`: what has to be installed.
 * `workloads`: where it takes part; `slow`: where it takes minutes, and is measured in one round on a part of the runs.
 * `bounds`: how far it may be from what we compute, where it rounds more than others.
 * `modes`: which looks are compared before, where not all.
 * `start` returns a command; with `check`, one that follows the first updates of ours instead of doing the job; with
 * `seeds`, one that trains so many seeds only.
 */
export const CONTESTANTS = [
  { id: 'ours', own: true, name: 'layer-vitals', workloads: ['W1', 'W2', 'W3'], start: ours('wasm') },
  { id: 'ours-native', own: true, name: 'layer-vitals, native backend', needs: 'native', workloads: ['W1', 'W2', 'W3'], bounds: ROUNDING_BOUNDS, start: ours('native') },
  { id: 'ort-numpy', name: 'onnxruntime trunk, NumPy heads', needs: 'python', workloads: ['W1'], start: inPython('ort_numpy.py') },
  { id: 'pytorch-cached', name: 'PyTorch, features cached', needs: 'python', workloads: ['W1'], start: inPython('pytorch.py', { MODE: 'cached' }) },
  { id: 'keras-cached', name: 'Keras, features cached', needs: 'python', workloads: ['W1'], start: inPython('tensorflow_keras.py', { MODE: 'cached' }) },
  { id: 'pytorch-naive', name: 'PyTorch, naive', needs: 'python', workloads: ['W1'], slow: ['W1'], start: inPython('pytorch.py', { MODE: 'naive' }) },
  { id: 'keras-naive', name: 'Keras, naive', needs: 'python', workloads: ['W1'], slow: ['W1'], start: inPython('tensorflow_keras.py', { MODE: 'naive' }) },
  { id: 'tfjs-wasm', name: 'TensorFlow.js on stock wasm, features cached', workloads: ['W1'], start: inTfjs('wasm') },
  { id: 'pytorch', name: 'PyTorch', needs: 'python', workloads: ['W2', 'W3'], bounds: { W3: ROUNDING_BOUNDS.W3 }, start: inPython('pytorch.py') },
  { id: 'keras', name: 'Keras', needs: 'python', workloads: ['W2', 'W3'], slow: ['W3'], bounds: ROUNDING_BOUNDS, start: inPython('tensorflow_keras.py') },
  { id: 'tfjs-cpu', name: 'TensorFlow.js on cpu', workloads: ['W3'], slow: ['W3'], modes: ['inference'], start: inTfjs('cpu') },
];

export function hasNative() {
  return spawnSync(process.execPath, [command, 'native', 'status']).status === 0;
}

const NEEDS = {
  python: { isThere: () => existsSync(python), otherwise: 'no Python environment; `npm run bench:setup` makes one' },
  native: { isThere: hasNative, otherwise: 'not installed; `npx layer-vitals native install` does it' },
};

/** Computes in double precision: says who is right where others differ. Where a part is frozen, it does not know that part. */
export const REFEREE = { id: 'referee', name: 'PyTorch in float64', needs: 'python', workloads: ['W2', 'W3'], start: inPython('pytorch.py', { DTYPE: 'float64' }) };

/** Who can run here; the second list says why the others cannot. */
export function present(contestants) {
  const missing = Object.keys(NEEDS).filter((what) => contestants.some(({ needs }) => needs === what) && !NEEDS[what].isThere());
  return {
    able: contestants.filter(({ needs }) => !missing.includes(needs)),
    skipped: contestants.filter(({ needs }) => missing.includes(needs)).map(({ name, needs }) => `${name}: ${NEEDS[needs].otherwise}.`),
  };
}
