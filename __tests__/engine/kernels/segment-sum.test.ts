import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled, sizeOf, type Values, zeros } from '../reference/array.ts';

describe('segment sum on wasm', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('sums the rows of each segment and drops rows of none', () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
    const sums = tf.unsortedSegmentSum(x, tf.tensor1d([2, 0, 2, -1], 'int32'), 3);
    expect(sums.arraySync()).toEqual([[3, 4], [0, 0], [6, 8]]);
  });

  test('the gradient of gathering rows is that of the reference', () => {
    const gathering = fc
      .record({ rows: fc.constantFrom(1, 2, 5), row: fc.constantFrom([], [1], [3], [2, 3]), seed: fc.nat() })
      .chain(({ rows, ...rest }) =>
        fc.record({ shape: fc.constant([rows, ...rest.row]), seed: fc.constant(rest.seed), indices: fc.array(fc.nat(rows - 1), { minLength: 1, maxLength: 7 }) }),
      );
    fc.assert(
      fc.property(gathering, ({ shape, seed, indices }) => {
        const random = normal(seed);
        expectGradients(
          (x) => tf.gather(x, tf.tensor1d(indices, 'int32')),
          (x) => gather(x, indices),
          [filled(shape, random)],
          random,
        );
      }),
      { numRuns: 40 },
    );
  });
});

function gather(x: Values, indices: readonly number[]): Values {
  const row = sizeOf(x.shape.slice(1));
  const result = zeros([indices.length, ...x.shape.slice(1)]);
  indices.forEach((index, i) => {
    result.data.set(x.data.subarray(index * row, (index + 1) * row), i * row);
  });
  return result;
}
