import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import { withSeed } from '../../../src/engine/seeding.ts';
import * as tf from '../../../src/engine/tf.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

/** One row of an image, or of several channels-last images, through a layer inside a model. */
function row(layer: tf.layers.Layer, values: number[]): number[] {
  const model = tf.sequential({ layers: [layer] });
  const y = model.predict(tf.tensor4d(values, [1, 1, values.length, 1])) as tf.Tensor;
  expect(model.outputs[0]!.shape.slice(1)).toEqual(y.shape.slice(1));
  return [...y.dataSync()];
}

const inputShape = [1, 4, 1];

describe('UpSampling2D', () => {
  test('bilinear: pixels are squares, as in Keras', () => {
    // tf.keras.layers.UpSampling2D((1, 2), interpolation='bilinear') of 0, 4, 8, 12
    expect(row(tf.layers.upSampling2d({ size: [1, 2], interpolation: 'bilinear', inputShape }), [0, 4, 8, 12])).toEqual([0, 1, 3, 5, 7, 9, 11, 12]);
  });

  test('nearest repeats pixels', () => {
    expect(row(tf.layers.upSampling2d({ size: [1, 3], inputShape }), [1, 2, 3, 4])).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
  });
});

describe('Resizing', () => {
  test('bilinear: pixels are squares, as in Keras', () => {
    expect(row(tf.layers.resizing({ height: 1, width: 2, inputShape }), [0, 4, 8, 12])).toEqual([2, 10]);
    expect(row(tf.layers.resizing({ height: 1, width: 8, inputShape }), [0, 4, 8, 12])).toEqual([0, 1, 3, 5, 7, 9, 11, 12]);
  });

  test('nearest: the pixel that the centre lies in', () => {
    expect(row(tf.layers.resizing({ height: 1, width: 2, interpolation: 'nearest', inputShape }), [1, 2, 3, 4])).toEqual([2, 4]);
  });

  test('with the aspect ratio kept takes the middle', () => {
    const layer = tf.layers.resizing({ height: 2, width: 2, cropToAspectRatio: true, inputShape: [2, 4, 1] });
    const model = tf.sequential({ layers: [layer] });
    expect([...(model.predict(tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 4, 1])) as tf.Tensor).dataSync()]).toEqual([2, 3, 6, 7]);
  });
});

describe('CenterCrop', () => {
  test.each([
    [2, [2, 3]],
    [3, [1, 2, 3]],
    [4, [1, 2, 3, 4]],
  ])('takes the %i pixels in the middle', (width, expected) => {
    expect(row(tf.layers.centerCrop({ height: 1, width, inputShape }), [1, 2, 3, 4])).toEqual(expected);
  });

  test('of a smaller image is the largest part of the right shape, resized', () => {
    const model = tf.sequential({ layers: [tf.layers.centerCrop({ height: 2, width: 2, inputShape })] });
    // One row of one pixel in the middle, twice as large.
    expect([...(model.predict(tf.tensor4d([1, 2, 3, 4], [1, 1, 4, 1])) as tf.Tensor).dataSync()]).toEqual([2, 2, 2, 2]);
  });
});

describe('RandomWidth', () => {
  test('changes nothing in inference, and the width within its limits in training', () => {
    const layer = tf.layers.randomWidth({ factor: [-0.5, 0.5] });
    const x = tf.ones([1, 2, 10, 1]);
    expect((layer.apply(x) as tf.Tensor).shape).toEqual([1, 2, 10, 1]);
    const widths = Array.from({ length: 40 }, (_, seed) => withSeed(seed, 'width', () => (layer.apply(x, { training: true }) as tf.Tensor).shape[2]!));
    expect(Math.min(...widths)).toBeGreaterThanOrEqual(5);
    expect(Math.max(...widths)).toBeLessThanOrEqual(15);
    expect(new Set(widths).size).toBeGreaterThan(5);
  });
});
