import { describe, expect, test } from 'vitest';
import { logNormal } from '../../src/stats/normal.ts';

describe('logNormal', () => {
  test('is the density that NumPy computes by its inverse and determinant', () => {
    // -x @ solve(S, x) / 2 - slogdet(S)[1] / 2.
    const covariance = [[90, 20, 10], [20, 50, -8], [10, -8, 30]];
    expect(logNormal([3, -7, 5], covariance)).toBeCloseTo(-6.658062252554245, 10);
  });

  test('is a sum where nothing is correlated', () => {
    const alone = (x: number, variance: number) => -(x ** 2 / variance + Math.log(variance)) / 2;
    expect(logNormal([2, -3], [[4, 0], [0, 9]])).toBeCloseTo(alone(2, 4) + alone(-3, 9), 12);
  });
});
