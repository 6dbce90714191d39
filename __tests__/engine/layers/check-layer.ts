import { expect } from 'vitest';

import '@tensorflow/tfjs-backend-cpu';
import { runFrozenBatchNormInInference } from '../../../src/engine/batch-norm.ts';
import { randomOf } from '../../../src/engine/seeding.ts';
import * as tf from '../../../src/engine/tf.ts';
import { trainableVariables } from '../../../src/engine/variables.ts';
import { relativeError } from '../reference/array.ts';
import type { LayerCase } from './layer-case.ts';
import { batchOf, directionalDerivative, drawInputs, objectiveOf, SEED, symbolicInputs } from './objective.ts';

const DIRECTIONS = 4;
/** What a directional derivative may be off, as a share of the gradient's length; and for gradients near 0. */
const TOLERANCE = { relative: 1e-3, absolute: 2e-4 };

/**
 * Expects a layer inside a network to train for two steps: everything stays finite, and every trainable weight of the
 * network changes.
 */
export async function expectToTrain(layerCase: LayerCase): Promise<void> {
  const model = network(layerCase);
  runFrozenBatchNormInInference(model);
  const inputs = drawInputs(layerCase);
  const targets = model.outputs.map(({ shape }) => tf.ones([batchOf(layerCase), ...(shape.slice(1) as number[])]));
  model.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError' });
  const before = trainableVariables(model).map((variable) => variable.dataSync().slice());
  const history = await model.fit(inputs, targets, { epochs: 2, batchSize: batchOf(layerCase), shuffle: false });
  for (const loss of history.history.loss!) expect(loss).toSatisfy(Number.isFinite);
  trainableVariables(model).forEach((variable, index) => {
    const after = variable.dataSync();
    expect(after.every(Number.isFinite), `${variable.name} is finite`).toBe(true);
    expect(after.some((value, i) => value !== before[index]![i]), `${variable.name} changes`).toBe(true);
  });
}

/**
 * Expects the gradient of a random projection of the layer's outputs, by every trainable weight and every input, to
 * agree with central differences along random directions; and the outputs to be those of TensorFlow.js's plain cpu
 * backend, so that the differences are those of the right function.
 */
export async function expectRightGradients(layerCase: LayerCase): Promise<void> {
  const { model, variables, evaluate, gradients } = objectiveOf(layerCase);
  const [{ outputs }, slopes] = [evaluate(), gradients()];
  const random = randomOf(SEED, 'directions');
  variables.forEach((variable, index) => {
    const gradient = slopes[index]!;
    const length = Math.hypot(...gradient);
    expect(length, `${variable.name} has a gradient`).toBeGreaterThan(1e-3);
    for (let i = 0; i < DIRECTIONS; i++) {
      // Zeros stay: they mark gaps.
      const direction = Float32Array.from(variable.dataSync(), (value) => (value === 0 ? 0 : random() < 0.5 ? -1 : 1));
      const expected = directionalDerivative(variable, direction, () => evaluate().value, layerCase.kinked);
      const actual = gradient.reduce((sum, slope, j) => sum + slope * direction[j]!, 0);
      const allowed = TOLERANCE.relative * length + TOLERANCE.absolute;
      expect(Math.abs(actual - expected), `${variable.name}: ${actual} is ${expected}`).toBeLessThan(allowed);
    }
  });

  const tried = tf.getBackend();
  await tf.setBackend('cpu');
  try {
    const expected = evaluate().outputs;
    outputs.forEach((output, i) => {
      const error = relativeError(output, expected[i]!);
      // An upgrade that mends cpu is noticed, too.
      if (layerCase.wrongOnCpu) expect(error, `output ${i}`).toBeGreaterThan(1e-2);
      else expect(error, `output ${i}`).toBeLessThan(1e-5);
    });
  } finally {
    await tf.setBackend(tried);
  }
  model.dispose();
}

/** The layer between trainable ones: dense layers put in what it reads and read what it puts out. */
function network(layerCase: LayerCase): tf.LayersModel {
  const inputs = symbolicInputs(layerCase);
  const read = layerCase.categories
    ? inputs
    : inputs.map((input) => tf.layers.dense({ units: input.shape.at(-1)!, useBias: false, kernelInitializer: 'identity' }).apply(input) as tf.SymbolicTensor);
  const outputs = [layerCase.apply(...read)].flat().map((output) => {
    const flat = output.shape.length > 2 ? (tf.layers.flatten().apply(output) as tf.SymbolicTensor) : output;
    return tf.layers.dense({ units: 2 }).apply(flat) as tf.SymbolicTensor;
  });
  return tf.model({ inputs, outputs });
}
