import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import { normalizeBatch } from '../../../src/engine/batch-statistics.ts';
import { normalizeBatchNatively } from '../../../src/engine/native/batch-statistics.ts';
import { hasOperations } from '../../../src/engine/native/operations.ts';
import { inScope } from '../../../src/engine/scope.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { nativeObstacle, onNative } from './native-here.ts';

/** Largest difference, relative to the root mean square of what is expected. */
function apart(actual: Float32Array, expected: Float32Array): number {
  const rms = Math.hypot(...expected) / Math.sqrt(expected.length);
  return Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!))) / rms;
}

describe.skipIf(nativeObstacle !== null)(onNative('our operations on the native backend'), () => {
  beforeAll(async () => {
    await startBackend('wasm');
    await startBackend('native');
  });

  async function expectAlike(compute: () => Float32Array[], tolerance: number): Promise<void> {
    await startBackend('wasm');
    const expected = inScope(compute);
    await startBackend('native');
    inScope(compute).forEach((values, index) => { expect(apart(values, expected[index]!)).toBeLessThan(tolerance); });
  }

  const drawn = (shape: number[], seed: number, mean = 0) => {
    const random = normal(seed);
    return tf.tensor(Float32Array.from({ length: shape.reduce((size, side) => size * side, 1) }, () => mean + random()), shape);
  };

  test.each([
    { size: [9, 8], taps: [3, 3], stride: 1, pad: 'same' },
    { size: [9, 8], taps: [5, 5], stride: 2, pad: 'same' },
    { size: [8, 11], taps: [3, 3], stride: 2, pad: 'same' },
    { size: [9, 9], taps: [7, 1], stride: 1, pad: 'valid' },
    { size: [40, 40], taps: [3, 5], stride: 1, pad: 'same' },
    // Left to TensorFlow.
    { size: [9, 9], taps: [3, 9], stride: 1, pad: 'same' },
  ] as const)('depthwise filters of $taps.0 x $taps.1 taps have the gradient of WebAssembly: $pad, stride $stride', async ({ size, taps, stride, pad }) => {
    const gradient = () => {
      const [x, filter] = [drawn([3, ...size, 48], 1) as tf.Tensor4D, drawn([...taps, 48, 1], 2) as tf.Tensor4D];
      const dFilter = tf.grad((f) => {
        const y = tf.depthwiseConv2d(x, f as tf.Tensor4D, stride, pad);
        return tf.sum(tf.mul(y, drawn(y.shape, 3)));
      })(filter);
      return [dFilter.dataSync<'float32'>()];
    };
    await expectAlike(gradient, 1e-5);
  });

  test.each([[[4, 5, 6, 24]], [[300, 5]], [[2, 7, 8]], [[1, 16]], [[2, 40, 40, 16]]])('BatchNormalization of %j trains as on WebAssembly', async (shape) => {
    const compute = () => {
      const normalize = tf.getBackend() === 'wasm' ? normalizeBatch : normalizeBatchNatively;
      const [gamma, beta] = [drawn([shape.at(-1)!], 4, 1), drawn([shape.at(-1)!], 5)];
      const x = drawn(shape, 6, 1);
      const { y, mean, variance } = normalize(x, gamma, beta, 1e-3);
      const gradients = tf.grads((a, g, b) => tf.sum(tf.mul(normalize(a, g, b, 1e-3).y, drawn(shape, 7))))([x, gamma, beta]);
      // Of a single row, gradients by x and scale, and the variance, are 0.
      const all = shape[0] === 1 ? [y, mean, gradients[2]!] : [y, mean, variance, ...gradients];
      return all.map((tensor) => tensor.dataSync<'float32'>());
    };
    await expectAlike(compute, 2e-5);
  });

  test('the statistics of a batch far from zero are right, where the operations are', ({ skip }) => {
    if (!hasOperations()) skip('compiled for the package of the cache alone');
    const x = drawn([4096, 16], 8, 1000);
    const { variance } = normalizeBatchNatively(x, null, null, 1e-3);
    const expected = tf.moments(tf.sub(x, 1000), 0).variance.dataSync<'float32'>();
    expect(apart(variance.dataSync<'float32'>(), expected)).toBeLessThan(1e-4);
  });
});
