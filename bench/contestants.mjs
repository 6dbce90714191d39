// Who takes part in which workload, and how each is started.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { root } from '../scripts/bundle.mjs';

const peers = path.join(import.meta.dirname, 'peers');
export const python = path.join(import.meta.dirname, '.venv', 'bin', 'python');

/** Our command, from cold: nothing is kept between runs. */
function ours({ config, threads, result }) {
  return {
    argv: [process.execPath, path.join(root, 'dist', 'cli.cjs'), 'check', config, '--json', result, '--threads', String(threads)],
    env: { LAYER_VITALS_CACHE: 'off' },
    // A failed verdict is a verdict.
    accepted: [0, 1],
  };
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
 * `workloads`: where it takes part; `slow`: where it takes minutes, and is measured in one round on a part of the runs.
 * `modes`: which looks are compared before, where not all.
 * `start` returns a command; with `check`, one that follows the first updates of ours instead of doing the job; with
 * `seeds`, one that trains so many seeds only.
 */
export const CONTESTANTS = [
  { id: 'ours', name: 'layer-vitals', workloads: ['W1', 'W2', 'W3'], start: ours },
  { id: 'ort-numpy', name: 'onnxruntime trunk, NumPy heads', python: true, workloads: ['W1'], start: inPython('ort_numpy.py') },
  { id: 'pytorch-cached', name: 'PyTorch, features cached', python: true, workloads: ['W1'], start: inPython('pytorch.py', { MODE: 'cached' }) },
  { id: 'keras-cached', name: 'Keras, features cached', python: true, workloads: ['W1'], start: inPython('tensorflow_keras.py', { MODE: 'cached' }) },
  { id: 'pytorch-naive', name: 'PyTorch, naive', python: true, workloads: ['W1'], slow: ['W1'], start: inPython('pytorch.py', { MODE: 'naive' }) },
  { id: 'keras-naive', name: 'Keras, naive', python: true, workloads: ['W1'], slow: ['W1'], start: inPython('tensorflow_keras.py', { MODE: 'naive' }) },
  { id: 'tfjs-wasm', name: 'TensorFlow.js on stock wasm, features cached', workloads: ['W1'], start: inTfjs('wasm') },
  { id: 'pytorch', name: 'PyTorch', python: true, workloads: ['W2', 'W3'], start: inPython('pytorch.py') },
  { id: 'keras', name: 'Keras', python: true, workloads: ['W2', 'W3'], slow: ['W3'], start: inPython('tensorflow_keras.py') },
  { id: 'tfjs-cpu', name: 'TensorFlow.js on cpu', workloads: ['W3'], slow: ['W3'], modes: ['inference'], start: inTfjs('cpu') },
];

/** Who can run here; the second list says why the others cannot. */
export function present(contestants) {
  const hasPython = existsSync(python);
  return {
    able: contestants.filter((contestant) => !contestant.python || hasPython),
    skipped: contestants.filter((contestant) => contestant.python && !hasPython).map(({ name }) => `${name}: no Python environment; \`npm run bench:setup\` makes one.`),
  };
}
