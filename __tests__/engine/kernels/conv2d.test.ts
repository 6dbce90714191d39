import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal, slidingCase, type SlidingCase } from '../arbitrary.ts';
import { filled, relativeError, toTensor, type Values } from '../reference/array.ts';
import { numericGradient } from '../reference/finite-differences.ts';
import { conv2d } from '../reference/sliding.ts';

describe.each(['wasm', 'cpu'] as const)('convolution on %s', (backend) => {
  beforeAll(async () => {
    await startBackend(backend);
  });

  test('gradients are those of the reference, strided', () => {
    fc.assert(fc.property(slidingCase({ dilated: false }), expectGradients), { numRuns: 60 });
  });

  test('gradients are those of the reference, dilated', () => {
    fc.assert(fc.property(slidingCase({ dilated: true }), expectGradients), { numRuns: 40 });
  });
});

function expectGradients(example: SlidingCase): void {
  const { image, window, depth, stride, dilation, padding, seed } = example;
  const random = normal(seed);
  const x = filled(image, random);
  const filter = filled([...window, image[3], depth], random);
  const y = conv2d(x, filter, example);
  const weights = filled(y.shape, random);

  const convolve = (a: tf.Tensor, b: tf.Tensor) =>
    tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, [...stride], padding, 'NHWC', [...dilation]);
  const { value, gradients } = engineGradients(convolve, [x, filter], weights);

  expect(relativeError(value, y.data)).toBeLessThan(1e-5);
  expect(relativeError(gradients[0]!, numericGradient((v) => conv2d(v, filter, example), x, weights))).toBeLessThan(1e-5);
  expect(relativeError(gradients[1]!, numericGradient((v) => conv2d(x, v, example), filter, weights))).toBeLessThan(1e-5);
}

function engineGradients(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: Values[], weights: Values) {
  return tf.tidy(() => {
    const tensors = inputs.map((values) => toTensor(values));
    const gradients = tf.grads((...xs) => tf.sum(tf.mul(f(...xs), toTensor(weights))))(tensors);
    return { value: f(...tensors).dataSync(), gradients: gradients.map((gradient) => gradient.dataSync()) };
  });
}
