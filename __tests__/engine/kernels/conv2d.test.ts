import fc from 'fast-check';
import { beforeAll, describe, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal, slidingCase, type SlidingCase } from '../arbitrary.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled } from '../reference/array.ts';
import { conv2d } from '../reference/sliding.ts';

describe('convolution on wasm', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('output and gradients are those of the reference, strided', () => {
    fc.assert(fc.property(slidingCase({ dilated: false }), check), { numRuns: 60 });
  });

  test('output and gradients are those of the reference, dilated', () => {
    fc.assert(fc.property(slidingCase({ dilated: true }), check), { numRuns: 40 });
  });
});

function check(example: SlidingCase): void {
  const { image, window, depth, stride, dilation, padding, seed } = example;
  const random = normal(seed);
  expectGradients(
    (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [...stride], padding, 'NHWC', [...dilation]),
    (x, filter) => conv2d(x, filter, example),
    [filled(image, random), filled([...window, image[3], depth], random)],
    random,
  );
}
