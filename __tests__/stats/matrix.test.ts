import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inverse, logDeterminant, times } from '../../src/stats/matrix.ts';

/** A A' + I / 10 of three rows: positive definite. */
const positive = fc.array(fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 3, maxLength: 3 }), { minLength: 3, maxLength: 3 })
  .map((a) => a.map((row, i) => a.map((other, j) => row.reduce((sum, value, k) => sum + value * other[k]!, i === j ? 0.1 : 0))));

describe('inverse', () => {
  test('times the matrix is one', () => {
    fc.assert(fc.property(positive, (matrix) => {
      const turned = inverse(matrix)!;
      matrix.forEach((column, j) => {
        times(turned, column).forEach((value, i) => { expect(value).toBeCloseTo(Number(i === j), 6); });
      });
    }));
  });

  test('is none of a matrix without one', () => {
    expect(inverse([[1, 1], [1, 1]])).toBeNull();
    expect(inverse([[0, 0], [0, 1]])).toBeNull();
    expect(inverse([[Number.NaN, 0], [0, 1]])).toBeNull();
  });
});

test('logDeterminant is that of the rule of Sarrus', () => {
  fc.assert(fc.property(positive, (m) => {
    const [[a, b, c], [d, e, f], [g, h, i]] = m as unknown as [[number, number, number], [number, number, number], [number, number, number]];
    const determinant = a * e * i + b * f * g + c * d * h - c * e * g - b * d * i - a * f * h;
    expect(Math.exp(logDeterminant(m)) / determinant).toBeCloseTo(1, 6);
  }));
});
