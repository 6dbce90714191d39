import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import { randomOf, shuffled } from '../../../src/engine/seeding.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled, sizeOf, type Values } from '../reference/array.ts';
import { avgPool3d, maxPool3d } from '../reference/volumes.ts';
import { volumeCase, type VolumeCase } from './sliding-volume.ts';

describe('pooling of volumes', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('the maximum and its gradient are those of the reference, for negative values too', () => {
    fc.assert(
      fc.property(volumeCase({ dilated: false }), fc.constantFrom(-9, 0, 9), (example, mean) => {
        const { window, stride, padding, seed } = example;
        expectGradients(
          (x) => tf.maxPool3d(x as tf.Tensor5D, [...window], [...stride], padding),
          (x) => maxPool3d(x, example),
          [distinct(example, mean)],
          normal(seed),
        );
      }),
      { numRuns: 50 },
    );
  });

  test('the average and its gradient are those of the reference', () => {
    fc.assert(
      fc.property(volumeCase({ dilated: false }), (example) => {
        const { volume, window, stride, padding, seed } = example;
        const random = normal(seed);
        expectGradients(
          (x) => tf.avgPool3d(x as tf.Tensor5D, [...window], [...stride], padding),
          (x) => avgPool3d(x, example),
          [filled(volume, random)],
          random,
        );
      }),
      { numRuns: 50 },
    );
  });

  test('of equal maxima the first takes the whole error', () => {
    const x = tf.tensor5d([-1, -1, -2, -1], [1, 1, 1, 4, 1]);
    const dx = tf.grad((volume) => tf.sum(tf.maxPool3d(volume as tf.Tensor5D, [1, 1, 2], [1, 1, 2], 'valid')))(x);
    expect([...dx.dataSync()]).toEqual([1, 0, 0, 1]);
  });

  test('what is not finite reaches the windows that meet it, and no other', () => {
    const x = tf.tensor5d([1, Number.NaN, 3, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], [1, 1, 1, 5, 1]);
    const pooled = (pool: typeof tf.maxPool3d) => [...pool(x, [1, 1, 2], 1, 'valid').dataSync()];
    expect(pooled(tf.maxPool3d)).toEqual([Number.NaN, Number.NaN, 3, Number.NEGATIVE_INFINITY]);
    expect(pooled(tf.avgPool3d)).toEqual([Number.NaN, Number.NaN, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });

  test('an empty batch gives an empty output', () => {
    const x = tf.zeros<tf.Rank.R5>([0, 4, 4, 4, 2]);
    expect(tf.maxPool3d(x, 2, 2, 'same').shape).toEqual([0, 2, 2, 2, 2]);
    expect(tf.avgPool3d(x, 2, 2, 'same').shape).toEqual([0, 2, 2, 2, 2]);
  });
});

/** Values at least 1/64 apart, so that no step of a finite difference changes which one is the largest. */
function distinct({ volume, seed }: VolumeCase, mean: number): Values {
  const order = shuffled(sizeOf(volume), randomOf(seed, 'order'));
  return { shape: volume, data: Float64Array.from(order, (rank) => mean + (rank - order.length / 2) / 64) };
}
