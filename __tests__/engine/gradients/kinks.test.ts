import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import { randomOf, shuffled } from '../../../src/engine/seeding.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { expectGradients } from '../expect-gradients.ts';
import { sizeOf, type Values } from '../reference/array.ts';
import { at, computed, indicesOf } from '../reference/indices.ts';

describe('functions with a kink', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('the absolute value has slope 0 at 0', () => {
    const dx = tf.grad((x) => tf.abs(x))(tf.tensor1d([-2, 0, 3, Number.POSITIVE_INFINITY]));
    expect([...dx.dataSync()]).toEqual([-1, 0, 1, 1]);
  });

  test.each([
    ['maximum', tf.max, Math.max],
    ['minimum', tf.min, Math.min],
  ] as const)('%s over axes and its gradient are those of the reference', (_, operation, reference) => {
    const shape = fc.array(fc.constantFrom(1, 2, 3, 5), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shape, fc.nat({ max: 15 }), fc.boolean(), fc.nat(), (shape, mask, keepDims, seed) => {
        const axes = shape.flatMap((__, axis) => ((mask >> axis) & 1 ? [axis] : []));
        fc.pre(axes.length > 0);
        const order = shuffled(sizeOf(shape), randomOf(seed, 'order'));
        const x: Values = { shape, data: Float64Array.from(order, (rank) => (rank - order.length / 2) / 64) };
        expectGradients(
          (tensor) => operation(tensor, axes, keepDims),
          (values) => extreme(values, axes, keepDims, reference),
          [x],
          normal(seed),
        );
      }),
      { numRuns: 60 },
    );
  });

  test('equal extremes share the error', () => {
    const x = tf.tensor2d([[1, 3, 3], [2, 2, 2]]);
    expect([...tf.grad((values) => tf.sum(tf.max(values, 1)))(x).dataSync()]).toEqual([0, 0.5, 0.5].concat(Array<number>(3).fill(Math.fround(1 / 3))));
    expect([...tf.grad((values) => tf.min(values))(x).dataSync()]).toEqual([1, 0, 0, 0, 0, 0]);
  });
});

function extreme(x: Values, axes: readonly number[], keepDims: boolean, choose: (...values: number[]) => number): Values {
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const reduced = x.shape.map((size, axis) => (axes.includes(axis) ? size : 1));
  const full = computed(kept, (index) =>
    choose(...indicesOf(reduced).map((inside) => at(x, index.map((i, axis) => i + inside[axis]!)))),
  );
  return keepDims ? full : { shape: x.shape.filter((_, axis) => !axes.includes(axis)), data: full.data };
}
