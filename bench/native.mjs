// WebAssembly and the native backend compute the same: writes docs/results/wasm-and-native.md.
// Needs `layer-vitals native install` and dist/. Usage: npm run bench:native
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { markdownTable } from 'markdown-table';
import { root } from '../scripts/bundle.mjs';
import { bundleEntry } from './bundle.mjs';

const folder = mkdtempSync(path.join(tmpdir(), 'layer-vitals-native-'));
try {
  const result = path.join(folder, 'result.json');
  const script = await bundleEntry(path.join(import.meta.dirname, 'ours', 'oracle.ts'));
  const env = { ...process.env, TF_NUM_INTRAOP_THREADS: '1', TF_CPP_MIN_LOG_LEVEL: '3' };
  const { status } = spawnSync(process.execPath, [script, path.join(import.meta.dirname, 'workloads', 'full-fine-tune'), result], { env, stdio: 'inherit' });
  if (status !== 0) throw new Error(`The comparison ended with exit code ${status}.`);
  const found = JSON.parse(readFileSync(result, 'utf8'));
  writeFileSync(path.join(root, 'docs', 'results', 'wasm-and-native.md'), page(found));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function page({ native, layers, losses, optimizers, networks, batchNorm }) {
  const worst = (rows, kind) => Math.max(...rows.map((row) => row[kind]));
  return [
    '# WebAssembly and the native backend',
    '',
    'Each layer, loss and optimizer on both backends, from the same weights on the same inputs: the largest difference between them, relative to the largest value of the tensor that it is in. Layers are called in training mode, in every way that the tests know; gradients are by all weights and inputs, of a random projection of the outputs. Made by `npm run bench:native`; how to install the native backend: [native.md](../native.md).',
    '',
    `${layers.reduce((sum, { cases }) => sum + cases, 0)} cases of ${layers.length} layers: outputs differ by at most ${shown(worst(layers, 'outputs'))}, gradients by at most ${shown(worst(layers, 'gradients'))}. ${explanation(layers)}`,
    '',
    `${cpus()[0].model.trim()}, ${native.instructionSet}, libtensorflow ${native.tensorflow}, ${native.threads} thread, Node ${process.version}.`,
    '',
    '## Whole networks',
    '',
    'Gradient of the loss in one step of training: the length of the difference, relative to the length of the gradient.',
    '',
    table(['', 'loss', 'gradient'], networks, ({ what, outputs, gradients }) => [what, shown(outputs), shown(gradients)]),
    '',
    'That is more than any layer below shows: a network makes rounding larger from layer to layer, the more so as most of the gradient of a convolution before a batch normalization cancels. So batch normalization by the batch is an operation of our own on the native backend, too ([what is compiled](../native.md#install-it)), which adds up its statistics in double precision. TensorFlow\'s own does so in single precision, value by value; with it, these networks differed by 1.1 % and 0.7 % of their gradient. Errors of ours against float64, of one channel of standard normal values about 1:',
    '',
    table(
      ['values', 'mean / std, wasm', 'native', 'variance, wasm', 'native', 'gradient, wasm', 'native'],
      batchNorm,
      ({ values, wasm, native: other }) => [values.toLocaleString('en'), ...['mean', 'variance', 'dx'].flatMap((kind) => [shown(wasm[kind]), shown(other[kind])])],
    ),
    '',
    '[bench.md](bench.md) has the same of a whole network, with PyTorch in float64 as referee.',
    '',
    '## Losses',
    '',
    table(['', 'loss', 'gradients'], losses, ({ what, outputs, gradients }) => [what, shown(outputs), shown(gradients)]),
    '',
    '## Optimizers',
    '',
    'Weights after five steps.',
    '',
    table(['', 'weights'], optimizers, ({ what, outputs }) => [what, shown(outputs)]),
    '',
    '## Layers',
    '',
    table(['', 'cases', 'outputs', 'gradients'], layers, ({ what, cases, outputs, gradients }) => [what, cases, shown(outputs), shown(gradients)]),
    '',
  ].join('\n');
}

function explanation(layers) {
  const explained = layers.flatMap(({ what, explained: how }) => (how ? [`${what}, ${how}`] : []));
  return explained.length === 0 ? 'All of it is rounding.' : `What is above 1e-4, along the signs of the difference: ${explained.join('. ')}.`;
}

function table(header, rows, cells) {
  return markdownTable([header, ...rows.map((row) => cells(row).map(String))], { align: header.map((_, column) => (column === 0 ? 'l' : 'r')) });
}

function shown(value) {
  return value === 0 ? '0' : value.toExponential(1);
}
