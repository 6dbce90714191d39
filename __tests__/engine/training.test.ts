import { createHash } from 'node:crypto';

import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../src/engine/backend.ts';
import { heapBytes } from '../../src/engine/memory.ts';
import { withSeed } from '../../src/engine/seeding.ts';
import * as tf from '../../src/engine/tf.ts';
import { trainableVariables } from '../../src/engine/variables.ts';

describe('training a network of convolutions on wasm', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('gives the same bits for the same seed, and others for another', () => {
    const first = trainedWeights(1);
    expect(trainedWeights(1)).toBe(first);
    expect(trainedWeights(2)).not.toBe(first);
  });

  test('learns', () => {
    const training = prepare(3);
    const before = training.step(0);
    for (let step = 1; step < 40; step++) training.step(step);
    expect(training.step(40)).toBeLessThan(before / 2);
    training.end();
  });

  test('keeps no tensor and takes no more memory, however many steps', () => {
    const training = prepare(4);
    const after = (from: number, to: number) => {
      for (let step = from; step < to; step++) training.step(step);
      return { tensors: tf.memory().numTensors, buffers: tf.memory().numDataBuffers, heap: heapBytes() };
    };
    const early = after(0, 20);
    expect(early.heap).toBeGreaterThan(0);
    expect(after(20, 60)).toEqual(early);
    training.end();
  });
});

function trainedWeights(seed: number): string {
  const { model, step, end } = prepare(seed);
  for (let i = 0; i < 12; i++) step(i);
  const hash = createHash('sha256');
  for (const weight of model.getWeights()) hash.update(new Uint8Array(weight.dataSync().buffer));
  end();
  return hash.digest('hex');
}

/** Convolutions of both kinds, BatchNorm, max pooling, dropout and Adam on 16 images of 4 classes. */
function prepare(seed: number): { model: tf.LayersModel; step: (index: number) => number; end: () => void } {
  const model = withSeed(seed, 'weights', () =>
    tf.sequential({
      layers: [
        tf.layers.conv2d({ inputShape: [12, 12, 3], filters: 8, kernelSize: 3, strides: 2, padding: 'same' }),
        tf.layers.batchNormalization(),
        tf.layers.reLU({ maxValue: 6 }),
        tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.averagePooling2d({ poolSize: 2, strides: 1, padding: 'same' }),
        tf.layers.flatten(),
        tf.layers.dropout({ rate: 0.2 }),
        tf.layers.dense({ units: 4 }),
      ],
    }),
  );
  const images = withSeed(seed, 'images', () => tf.randomNormal([16, 12, 12, 3]));
  const labels = tf.tidy(() => tf.oneHot(tf.tensor1d(Array.from({ length: 16 }, (_, i) => i % 4), 'int32'), 4).toFloat());
  const optimizer = tf.train.adam(0.01);
  const variables = trainableVariables(model);
  return {
    model,
    step: (index) =>
      withSeed(seed, `training/${index}`, () =>
        tf.tidy(() => {
          const loss = () => tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(labels, model.apply(images, { training: true }) as tf.Tensor);
          const { value, grads } = tf.variableGrads(loss, variables);
          optimizer.applyGradients(grads as Parameters<typeof optimizer.applyGradients>[0]);
          return value.dataSync()[0]!;
        }),
      ),
    end: () => {
      tf.dispose([images, labels]);
      optimizer.dispose();
      model.dispose();
    },
  };
}
