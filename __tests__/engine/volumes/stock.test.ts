import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, test } from 'vitest';

import { locateWasm } from '../../../src/engine/locate-wasm.ts';
import * as tf from '../../../src/engine/tf.ts';

/**
 * Why the operations on volumes are replaced: wasm as it comes, before anything is installed. When one of these starts
 * to fail, upstream has mended it and the replacement can go.
 */
describe('stock wasm', () => {
  beforeAll(async () => {
    setWasmPaths(locateWasm());
    await tf.setBackend('wasm');
  });

  const ones = (...shape: [number, number, number, number, number]) => tf.ones<tf.Rank.R5>(shape);

  test('pools negative values to the smallest positive number', () => {
    expect(tf.maxPool3d(tf.fill<tf.Rank.R5>([1, 2, 2, 2, 1], -1), 2, 2, 'valid').dataSync()[0]).toBeGreaterThan(0);
  });

  test('shifts windows that leave elements out', () => {
    const x = tf.tensor5d([1, 2, 3, 4], [1, 1, 1, 4, 1]);
    expect([...tf.maxPool3d(x, [1, 1, 1], [1, 1, 2], 'same').dataSync()]).not.toEqual([1, 3]);
    expect([...tf.conv3d(x, ones(1, 1, 1, 1, 1), [1, 1, 2], 'same').dataSync()]).not.toEqual([1, 3]);
  });

  test('divides by the whole window at the borders in the gradient of average pooling', () => {
    const dx = tf.grad((x) => tf.sum(tf.avgPool3d(x as tf.Tensor5D, 3, 2, 'same')))(ones(1, 5, 5, 5, 1)).dataSync();
    // Every window passes on what it gets: 27 windows, sum 27.
    expect(sum(dx)).not.toBeCloseTo(27, 2);
  });

  test('loses or misplaces the gradient of max pooling where windows leave elements out', () => {
    const x = tf.tensor5d([1, 2, 3, 4], [1, 1, 1, 4, 1]);
    const dx = tf.grad((volume) => tf.sum(tf.maxPool3d(volume as tf.Tensor5D, [1, 1, 1], [1, 1, 2], 'same')))(x).dataSync();
    expect([...dx]).not.toEqual([1, 0, 1, 0]);
  });

  test.each([1, 2])('computes other gradients than those of its convolution, stride %i', (stride) => {
    const inputs = [tf.reshape(tf.range(0, 128), [1, 4, 4, 4, 2]), tf.reshape(tf.range(0, 48), [2, 2, 2, 2, 3])];
    const f = (x: tf.Tensor, filter: tf.Tensor) => tf.sum(tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, stride, 'same'));
    const gradients = tf.grads(f)(inputs);
    // The sum is linear in both, so that <gradient, input> is the sum itself.
    const total = f(inputs[0]!, inputs[1]!).dataSync()[0]!;
    const shares = gradients.map((gradient, i) => tf.sum(tf.mul(gradient, inputs[i]!)).dataSync()[0]! / total);
    expect(shares.some((share) => Math.abs(share - 1) > 1e-3)).toBe(true);
  });

  test('has no gradient of a dilated or a transposed convolution', () => {
    const filter = ones(2, 2, 2, 1, 1);
    const gradientOf = (f: (x: tf.Tensor5D) => tf.Tensor) => () => tf.grad((x) => tf.sum(f(x as tf.Tensor5D)))(ones(1, 3, 3, 3, 1));
    expect(gradientOf((x) => tf.conv3d(x, filter, 1, 'same', 'NDHWC', [2, 2, 2]))).toThrow(/dilation/);
    expect(gradientOf((x) => tf.conv3dTranspose(x, filter, [1, 3, 3, 3, 1], 1, 'same'))).toThrow(/Conv3DBackpropInputV2/);
  });
});

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((total, value) => total + value, 0);
}
