import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import { view } from '../../../src/engine/heap.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled } from '../reference/array.ts';
import { at, computed } from '../reference/indices.ts';

describe('ReLU with learned slopes', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('output and gradients are those of the reference, along whichever axes slopes are shared', () => {
    const axis = fc.record({ size: fc.constantFrom(1, 2, 3, 5), shared: fc.boolean() });
    fc.assert(
      fc.property(fc.array(axis, { minLength: 1, maxLength: 4 }), fc.nat(), (axes, seed) => {
        const random = normal(seed);
        const shape = axes.map(({ size }) => size);
        const slopes = axes.map(({ size, shared }) => (shared ? 1 : size));
        // No step of a finite difference crosses 0.
        const away = () => {
          const x = random();
          return x + Math.sign(x) / 16;
        };
        expectGradients(
          (x, alpha) => tf.prelu(x, alpha),
          (x, alpha) => computed(shape, (index) => (at(x, index) > 0 ? 1 : at(alpha, index)) * at(x, index)),
          [filled(shape, away), filled(slopes, random)],
          random,
        );
      }),
      { numRuns: 60 },
    );
  });

  test('slopes that an optimizer changes in place count at once', () => {
    const [x, slopes] = [tf.tensor1d([-1, -1]), tf.tensor1d([1, 2])];
    expect([...tf.prelu(x, slopes).dataSync()]).toEqual([-1, -2]);
    view(slopes).set([3, 4]);
    expect([...tf.prelu(x, slopes).dataSync()]).toEqual([-3, -4]);
  });

  test('it works for any number of tensors, and what is not finite goes through as IEEE says', () => {
    for (let i = 0; i < 200; i++) expect([...tf.prelu(tf.tensor1d([-2, 2]), tf.tensor1d([i, i])).dataSync()]).toEqual([-2 * i, 2]);
    const y = tf.prelu(tf.tensor1d([NaN, Infinity, -Infinity, -Infinity, 3]), tf.tensor1d([2, 0, 0, 2, Infinity])).dataSync();
    expect([...y]).toEqual([NaN, Infinity, NaN, -Infinity, 3]);
  });

  test('an empty batch stays empty', () => {
    expect(tf.prelu(tf.zeros([0, 3]), tf.ones([3])).shape).toEqual([0, 3]);
  });
});
