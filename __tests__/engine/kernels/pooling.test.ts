import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import { randomOf, shuffled } from '../../../src/engine/seeding.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal, slidingCase, type SlidingCase } from '../arbitrary.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled, sizeOf, type Values } from '../reference/array.ts';
import { avgPool, maxPool } from '../reference/sliding.ts';

describe('pooling on wasm', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('max pooling and its gradient are those of the reference, for negative values too', () => {
    fc.assert(
      fc.property(slidingCase({ dilated: false }), fc.constantFrom(-3, 0, 3), (example, mean) => {
        const { window, stride, padding } = example;
        expectGradients(
          (x) => tf.maxPool(x as tf.Tensor4D, [...window], [...stride], padding),
          (x) => maxPool(x, example),
          [distinct(example, mean)],
          normal(example.seed),
        );
      }),
      { numRuns: 60 },
    );
  });

  test('windows of four that share nothing, four channels at a time', () => {
    const quarters = fc.record({ image: fc.tuple(fc.constantFrom(1, 2), fc.constantFrom(2, 4, 6), fc.constantFrom(2, 4), fc.constantFrom(4, 8)), seed: fc.nat() });
    fc.assert(
      fc.property(quarters, fc.constantFrom(-3, 0, 3), ({ image, seed }, mean) => {
        const example: SlidingCase = { image, depth: 1, window: [2, 2], stride: [2, 2], dilation: [1, 1], padding: 'valid', seed };
        expectGradients((x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'), (x) => maxPool(x, example), [distinct(example, mean)], normal(seed));
      }),
      { numRuns: 30 },
    );
  });

  test('the first maximum, or the first NaN, of four takes the whole error, with many channels as with one', () => {
    const values = [-Infinity, -1, 0, 1, NaN];
    const windows = values.flatMap((a) => values.flatMap((b) => values.flatMap((c) => values.map((d) => [a, b, c, d]))));
    const gradient = (channels: number) =>
      windows.map((window) => [...tf.tidy(() => tf.grad((x) => tf.sum(tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid')))(tf.tile(tf.tensor4d(window, [1, 2, 2, 1]), [1, 1, 1, channels]))).dataSync()].filter((_, at) => at % channels === 0));
    expect(gradient(4)).toEqual(gradient(1));
  });

  test('of equal maxima the first takes the whole error', () => {
    const x = tf.tensor4d([-1, -1, -1, -1, -2, -1, -1, -1], [1, 2, 4, 1]);
    const dx = tf.grad((image) => tf.sum(tf.maxPool(image as tf.Tensor4D, 2, 2, 'valid')))(x);
    expect([...dx.dataSync()]).toEqual([1, 0, 1, 0, 0, 0, 0, 0]);
  });

  test('average pooling and its gradient are those of the reference', () => {
    fc.assert(
      fc.property(slidingCase({ dilated: false }), (example) => {
        const { image, window, stride, padding, seed } = example;
        const random = normal(seed);
        expectGradients(
          (x) => tf.avgPool(x as tf.Tensor4D, [...window], [...stride], padding),
          (x) => avgPool(x, example),
          [filled(image, random)],
          random,
        );
      }),
      { numRuns: 60 },
    );
  });
});

/** Values at least 1/64 apart, so that no step of a finite difference changes which one is the largest. */
function distinct({ image, seed }: SlidingCase, mean: number): Values {
  const order = shuffled(sizeOf(image), randomOf(seed, 'order'));
  return { shape: image, data: Float64Array.from(order, (rank) => mean + (rank - order.length / 2) / 64) };
}
