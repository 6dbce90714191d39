import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled, relativeError, toTensor, type Values, zeros } from '../reference/array.ts';

const size = fc.constantFrom(1, 2, 3, 5, 7);
const product = fc.record({
  batch: fc.constantFrom([], [1], [2], [3, 2]),
  rows: size,
  inner: size,
  columns: size,
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  seed: fc.nat(),
});

describe('matrix product on wasm', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('product and gradients are those of the reference, transposed and in batches', () => {
    fc.assert(
      fc.property(product, ({ batch, rows, inner, columns, transposeA, transposeB, seed }) => {
        const random = normal(seed);
        expectGradients(
          (a, b) => tf.matMul(a, b, transposeA, transposeB),
          (a, b) => matMul(a, b, transposeA, transposeB),
          [
            filled([...batch, ...(transposeA ? [inner, rows] : [rows, inner])], random),
            filled([...batch, ...(transposeB ? [columns, inner] : [inner, columns])], random),
          ],
          random,
        );
      }),
      { numRuns: 80 },
    );
  });

  test('a fused bias is added once and a fused activation applied once, however long the sum is', () => {
    fc.assert(
      fc.property(
        product,
        fc.constantFrom(1, 47, 48, 49, 97, 150),
        fc.constantFrom('linear' as const, 'relu' as const),
        ({ batch, rows, columns, transposeA, transposeB, seed }, inner, activation) => {
          const random = normal(seed);
          const a = filled([...batch, ...(transposeA ? [inner, rows] : [rows, inner])], random);
          const b = filled([...batch, ...(transposeB ? [columns, inner] : [inner, columns])], random);
          const bias = filled([columns], random);
          const sums = matMul(a, b, transposeA, transposeB).data.map((sum, i) => sum + bias.data[i % columns]!);
          const expected = activation === 'relu' ? sums.map((sum) => Math.max(0, sum)) : sums;
          const actual = tf.tidy(() =>
            tf.fused
              .matMul({ a: toTensor(a), b: toTensor(b), transposeA, transposeB, bias: toTensor(bias), activation })
              .dataSync(),
          );
          expect(relativeError(actual, expected)).toBeLessThan(1e-5);
        },
      ),
      { numRuns: 80 },
    );
  });
});

function matMul(a: Values, b: Values, transposeA: boolean, transposeB: boolean): Values {
  const batch = a.shape.slice(0, -2);
  const [rows, inner] = transposeA ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!];
  const columns = b.shape.at(transposeB ? -2 : -1)!;
  const result = zeros([...batch, rows, columns]);
  for (let at = 0; at < result.data.length; at++) {
    const column = at % columns;
    const row = Math.floor(at / columns) % rows;
    const matrix = Math.floor(at / (columns * rows));
    for (let k = 0; k < inner; k++) {
      const left = a.data[matrix * rows * inner + (transposeA ? k * rows + row : row * inner + k)]!;
      const right = b.data[matrix * inner * columns + (transposeB ? column * inner + k : k * columns + column)]!;
      result.data[at]! += left * right;
    }
  }
  return result;
}
