// GFLOP/s of the matrix product that every convolution and dense layer comes down to, in shapes of EfficientNet-Lite0
// at 96 px, one thread, beside NumPy's best on the same machine where bench/.venv is there. Usage: npm run bench:kernels
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { compileKernels } from '../scripts/kernels.mjs';

const root = path.dirname(import.meta.dirname);
const FLOAT = 4;
const PANEL = 8;
const MOST_ROWS = 32768;
const ROUNDS = 7;
/** Enough multiplications that a clock tick does not matter. */
const WORK = 2e8;

/** Rows, inner dimension, columns. */
const SHAPES = [
  ['square', 512, 512, 512],
  ['block 0, project', 2304, 32, 16],
  ['block 1, expand', 2304, 16, 96],
  ['block 2, project', 576, 144, 24],
  ['block 5, project', 144, 240, 40],
  ['block 10, expand', 36, 112, 672],
  ['head, batch 16', 16, 112, 64],
];

const { WebAssembly } = globalThis;
const memory = new WebAssembly.Memory({ initial: 1024 });
await compileKernels();
const { instance } = await WebAssembly.instantiate(readFileSync(path.join(root, 'kernels', 'build', 'kernels.wasm')), { env: { memory } });
const kernels = instance.exports;

function speed(m, k, n) {
  let next = 1024;
  const room = (floats) => {
    const address = next;
    next += (floats * FLOAT + 63) & ~63;
    return address;
  };
  const width = Math.ceil(n / PANEL) * PANEL;
  const [a, b, c, bias, panels, spare, table] = [m * k, k * n, m * n, width, k * width, n + PANEL, 2 * Math.min(m + 3, MOST_ROWS)].map(room);
  const values = new Float32Array(memory.buffer);
  values.fill(0.5, a / FLOAT, a / FLOAT + m * k).fill(0.5, b / FLOAT, b / FLOAT + k * n).fill(0, bias / FLOAT, bias / FLOAT + width);
  const multiply = () => {
    kernels.packPanels(b, k, n, n * FLOAT, FLOAT, panels);
    kernels.multiply(a, m, k, panels, n, bias, c, table, spare, -Infinity, Infinity);
  };
  multiply();
  if (values[c / FLOAT + m * n - 1] !== 0.25 * k) throw new Error(`The product of ${m} x ${k} x ${n} is wrong.`);
  const times = Math.ceil(WORK / (m * k * n));
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < times; i++) multiply();
    best = Math.min(best, (performance.now() - start) / times);
  }
  return (2 * m * k * n) / best / 1e6;
}

/** NumPy's product of 2048 x 2048, one thread; null where there is no NumPy. */
function native() {
  const python = path.join(root, 'bench', '.venv', 'bin', 'python');
  if (!existsSync(python)) return null;
  const script = 'import numpy, time\na = numpy.ones((2048, 2048), "float32")\nbest = 1e9\nfor _ in range(7):\n  t = time.perf_counter(); a @ a; best = min(best, time.perf_counter() - t)\nprint(2 * 2048**3 / best / 1e9)';
  return Number(spawnSync(python, ['-c', script], { encoding: 'utf8', env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' } }).stdout);
}

const best = native();
console.log(best ? `NumPy, 2048 x 2048 x 2048: ${best.toFixed(0)} GFLOP/s` : 'No NumPy in bench/.venv: shares are left out.');
for (const [name, ...shape] of SHAPES) {
  const gflops = speed(...shape);
  console.log(`${name} (${shape.join(' x ')}): ${gflops.toFixed(1)} GFLOP/s${best ? `, ${((100 * gflops) / best).toFixed(0)} %` : ''}`);
}
