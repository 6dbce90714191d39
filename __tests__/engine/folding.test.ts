import { fileURLToPath } from 'node:url';

import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../src/engine/backend.ts';
import { foldBatchNorm } from '../../src/engine/folding.ts';
import { withSeed } from '../../src/engine/seeding.ts';
import * as tf from '../../src/engine/tf.ts';
import { loadModel } from '../../src/model/load.ts';
import { relativeError } from './reference/array.ts';

const EFFICIENTNET = fileURLToPath(new URL('../../fixtures/models/efficientnet-lite0/model.json', import.meta.url));

describe('folding', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('computes what the model does, uses no BatchNorm for it, and leaves no trace', async () => {
    const model = await loadModel({ written: 'model.json', absolute: EFFICIENTNET }, [64, 64]);
    const x = randomImages([2, 64, 64, 3]);
    const plain = infer(model, x);
    const { numTensors } = tf.memory();

    const restore = foldBatchNorm(model);
    const { kernelNames } = await tf.profile(() => infer(model, x));
    expect(kernelNames).not.toContain(tf.FusedBatchNorm);
    expect(kernelNames).not.toContain(tf.Relu);
    expect(relativeError(infer(model, x), plain)).toBeLessThan(1e-5);

    restore();
    expect(infer(model, x)).toEqual(plain);
    expect(tf.memory().numTensors).toBe(numTensors);
    restore();
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  test.each([
    ['bias, multiplier, dilation, no scale', () => [
      tf.layers.conv2d({ inputShape: [7, 6, 3], filters: 4, kernelSize: 3, biasInitializer: 'randomNormal', dilationRate: 2 }),
      tf.layers.batchNormalization({ scale: false }),
      tf.layers.activation({ activation: 'relu6' }),
      tf.layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, biasInitializer: 'randomNormal' }),
      tf.layers.batchNormalization({ center: false }),
    ], 2],
    ['a nested model', () => [
      tf.sequential({ layers: [tf.layers.conv2d({ inputShape: [5, 5, 2], filters: 3, kernelSize: 1 }), tf.layers.batchNormalization(), tf.layers.reLU()] }),
    ], 1],
    ['an activation that cannot be fused', () => [
      tf.layers.conv2d({ inputShape: [5, 5, 2], filters: 3, kernelSize: 1 }),
      tf.layers.batchNormalization(),
      tf.layers.reLU({ maxValue: 3 }),
    ], 1],
    ['a convolution with an activation of its own', () => [
      tf.layers.conv2d({ inputShape: [5, 5, 2], filters: 3, kernelSize: 1, activation: 'relu' }),
      tf.layers.batchNormalization(),
    ], 0],
    ['another axis than the last', () => [
      tf.layers.conv2d({ inputShape: [5, 5, 2], filters: 5, kernelSize: 1 }),
      tf.layers.batchNormalization({ axis: 1 }),
    ], 0],
  ])('of %s computes what the model does', async (_, layers, folded) => {
    const model = withSeed(1, 'weights', () => tf.sequential({ layers: layers() }));
    drawStatistics(model);
    const x = randomImages([2, ...(model.inputs[0]!.shape.slice(1) as [number, number, number])]);
    const plain = infer(model, x);
    const count = async () => (await tf.profile(() => infer(model, x))).kernelNames.includes(tf.FusedBatchNorm);
    const restore = foldBatchNorm(model);
    expect(await count()).toBe(folded === 0);
    expect(relativeError(infer(model, x), plain)).toBeLessThan(1e-5);
    restore();
    expect(infer(model, x)).toEqual(plain);
  });

  test('leaves alone what something else sees', () => {
    const input = tf.input({ shape: [5, 5, 2] });
    const convolved = tf.layers.conv2d({ filters: 2, kernelSize: 1 }).apply(input) as tf.SymbolicTensor;
    const shared = tf.layers.batchNormalization();
    const normalized = shared.apply(convolved) as tf.SymbolicTensor;
    const models = {
      'added to': tf.model({ inputs: input, outputs: tf.layers.add().apply([convolved, normalized]) as tf.SymbolicTensor }),
      'an output': tf.model({ inputs: input, outputs: [normalized, convolved] }),
      'called twice': tf.model({ inputs: input, outputs: shared.apply(normalized) as tf.SymbolicTensor }),
    };
    for (const model of Object.values(models)) {
      drawStatistics(model);
      const restore = foldBatchNorm(model);
      expect(model.layers.filter((layer) => Object.hasOwn(layer, 'call'))).toEqual([]);
      restore();
    }
  });
});

function infer(model: tf.LayersModel, x: tf.Tensor): Float32Array {
  return tf.tidy(() => (model.apply(x, { training: false }) as tf.Tensor).dataSync<'float32'>());
}

function randomImages(shape: [number, number, number, number]): tf.Tensor4D {
  return withSeed(1, 'images', () => tf.randomUniform(shape, -1, 1));
}

/** Gives every BatchNormalization statistics and parameters as after training. */
function drawStatistics(model: tf.LayersModel): void {
  for (const layer of model.layers) {
    if (layer instanceof tf.LayersModel) drawStatistics(layer);
    if (layer.getClassName() !== 'BatchNormalization') continue;
    withSeed(2, layer.name, () => {
      layer.setWeights(layer.getWeights().map(({ shape }) => tf.randomUniform(shape, 0.5, 2)));
    });
  }
}
