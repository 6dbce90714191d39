import { describe, expect, it } from 'vitest';
import { mean, median, sampleVariance } from '../../src/stats/summary.ts';

describe('summary', () => {
  it('takes the mean', () => {
    expect(mean([1, 2, 6])).toBe(3);
    expect(mean([])).toBeNaN();
  });

  it('takes the middle, censored times included, and leaves its input alone', () => {
    const values = [5, 1, 3];
    expect(median(values)).toBe(3);
    expect(values).toEqual([5, 1, 3]);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([10, 9, 2])).toBe(9);
    expect(median([9, Infinity, 11])).toBe(11);
    expect(median([9, Infinity, Infinity, 11])).toBe(Infinity);
    expect(median([Infinity, Infinity])).toBe(Infinity);
    expect(median([])).toBeNaN();
  });

  it('divides the variance of a sample by n - 1', () => {
    expect(sampleVariance([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(32 / 7, 12);
    expect(sampleVariance([3])).toBeNaN();
  });
});
