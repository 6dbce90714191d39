import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { randomOf } from '../../src/engine/seeding.ts';
import { copyImages } from './tiny-check.ts';

/** A config as its file holds it. */
export interface ConfigData {
  model: Record<string, unknown>;
  data: Record<string, unknown>;
  input: Record<string, unknown>;
  [section: string]: unknown;
}

/** The smallest config that passes: two convolutions for a trunk, the default head, two classes, a few steps. */
export function tinyConfig(): ConfigData {
  return {
    model: { path: 'model/model.json' },
    data: { path: 'images', validation: 2 },
    input: { normalization: 'minus-one-to-one' },
    training: { epochs: 1, 'batch-size': 4 },
    experiment: { seeds: 2 },
    thresholds: { 'std-shrinkage': 'off', 'accuracy-delta': 'off', 'not-learning': 'off' },
  };
}

/** Writes model, images and config of a tiny transfer into a folder. */
export async function writeTinyTransfer(folder: string, config: ConfigData = tinyConfig()): Promise<void> {
  await copyImages(path.join(folder, 'images'));
  await writeTinyModel(path.join(folder, 'model'));
  await writeConfig(folder, config);
}

export async function writeConfig(folder: string, config: ConfigData): Promise<void> {
  await writeFile(path.join(folder, 'layer-vitals.yml'), stringify(config));
}

/** Kernel and bias of each convolution, in the order of the file. */
const WEIGHTS = [
  { name: 'trunk_1/kernel', shape: [3, 3, 3, 4] },
  { name: 'trunk_1/bias', shape: [4] },
  { name: 'trunk_2/kernel', shape: [3, 3, 4, 8] },
  { name: 'trunk_2/bias', shape: [8] },
];

/** A model.json and its weights, as TensorFlow.js writes them. */
export async function writeTinyModel(folder: string): Promise<void> {
  const convolution = (name: string, filters: number, more: object) => ({
    class_name: 'Conv2D',
    config: { name, filters, kernel_size: [3, 3], strides: [2, 2], padding: 'same', activation: 'relu', ...more },
  });
  const layers = [convolution('trunk_1', 4, { batch_input_shape: [null, 16, 16, 3] }), convolution('trunk_2', 8, {})];
  const model = {
    format: 'layers-model',
    modelTopology: { model_config: { class_name: 'Sequential', config: { name: 'trunk', layers } } },
    weightsManifest: [{ paths: ['weights.bin'], weights: WEIGHTS.map((weight) => ({ ...weight, dtype: 'float32' })) }],
  };
  const random = randomOf(0, 'weights');
  const values = Float32Array.from({ length: WEIGHTS.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0) }, () => random() - 0.5);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'model.json'), JSON.stringify(model));
  await writeFile(path.join(folder, 'weights.bin'), values);
}
