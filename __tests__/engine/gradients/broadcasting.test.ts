import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled, type Values } from '../reference/array.ts';
import { at, computed } from '../reference/indices.ts';

/** Shapes of two tensors that can be broadcast to one another: axes of 1 and missing ones on either side. */
const shapes = fc
  .array(fc.record({ size: fc.constantFrom(1, 2, 3, 5), one: fc.constantFrom('a', 'b', 'none') }), { minLength: 1, maxLength: 4 })
  .chain((axes) =>
    fc.record({
      axes: fc.constant(axes),
      missing: fc.nat({ max: axes.length }),
      from: fc.constantFrom('a' as const, 'b' as const),
      seed: fc.nat(),
    }),
  )
  .map(({ axes, missing, from, seed }) => {
    const shapeOf = (name: 'a' | 'b') => axes.map(({ size, one }) => (one === name ? 1 : size)).slice(from === name ? missing : 0);
    return { a: shapeOf('a'), b: shapeOf('b'), seed };
  });

const OPERATIONS: readonly [string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, (a: number, b: number) => number][] = [
  ['maximum', tf.maximum, Math.max],
  ['minimum', tf.minimum, Math.min],
  ['squared difference', tf.squaredDifference, (a, b) => (a - b) ** 2],
];

describe('broadcast operations', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test.each(OPERATIONS)('%s and its gradients are those of the reference', (_, operation, reference) => {
    fc.assert(
      fc.property(shapes, ({ a, b, seed }) => {
        const random = normal(seed);
        // No two values are so near that a step of a finite difference changes which one is larger.
        const left = filled(a, () => Math.round(random() * 32) / 16);
        const right = filled(b, () => Math.round(random() * 32) / 16 + 1 / 32);
        expectGradients(operation, (x, y) => elementwise(x, y, reference), [left, right], random);
      }),
      { numRuns: 60 },
    );
  });

  test('of equal values the first takes the whole error', () => {
    for (const operation of [tf.maximum, tf.minimum]) {
      const gradients = tf.grads((a, b) => tf.sum(operation(a, b)))([tf.tensor1d([1, 2]), tf.tensor1d([1, 2])]);
      expect(gradients.map((gradient) => [...gradient.dataSync()])).toEqual([[1, 1], [0, 0]]);
    }
  });

  test('an infinite error passes to the larger value alone', () => {
    const [a, b] = tf.grads((x, y) => tf.mul(tf.maximum(x, y), Number.POSITIVE_INFINITY))([tf.tensor1d([2]), tf.tensor1d([1])]);
    expect([a!.dataSync()[0], b!.dataSync()[0]]).toEqual([Number.POSITIVE_INFINITY, 0]);
  });

  test('batches of matrix products and their gradients are those of the reference', () => {
    const batches = shapes.filter(({ a, b }) => a.length < 4 && b.length < 4);
    fc.assert(
      fc.property(batches, fc.boolean(), fc.boolean(), ({ a, b, seed }, transposeA, transposeB) => {
        const random = normal(seed);
        const [rows, inner, columns] = [2, 3, 5];
        expectGradients(
          (x, y) => tf.matMul(x, y, transposeA, transposeB),
          (x, y) => matMul(x, y, transposeA, transposeB),
          [
            filled([...a, ...(transposeA ? [inner, rows] : [rows, inner])], random),
            filled([...b, ...(transposeB ? [columns, inner] : [inner, columns])], random),
          ],
          random,
        );
      }),
      { numRuns: 60 },
    );
  });
});

function elementwise(a: Values, b: Values, operation: (a: number, b: number) => number): Values {
  return computed(broadcast(a.shape, b.shape), (index) => operation(at(a, index), at(b, index)));
}

function matMul(a: Values, b: Values, transposeA: boolean, transposeB: boolean): Values {
  const [rows, inner] = transposeA ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!];
  const columns = b.shape.at(transposeB ? -2 : -1)!;
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return computed([...batch, rows, columns], (index) => {
    const [row, column] = index.slice(-2) as [number, number];
    const matrix = index.slice(0, -2);
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum += at(a, [...matrix, ...(transposeA ? [k, row] : [row, k])]) * at(b, [...matrix, ...(transposeB ? [column, k] : [k, column])]);
    }
    return sum;
  });
}

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => Math.max(a.at(axis - rank) ?? 1, b.at(axis - rank) ?? 1));
}
