import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alphaOfLook } from '../../src/stats/looks.ts';
import { studentQuantile } from '../../src/stats/student.ts';
import { normal } from './random.ts';

describe('alphaOfLook', () => {
  it('spends all at a single look', () => {
    expect(alphaOfLook([6], 6)).toBe(0.05);
  });

  it('lets six seeds decide at the first of several', () => {
    expect(alphaOfLook([6, 12, 24], 6)).toBe(2 / 2 ** 6);
  });

  it('never spends more than .05 in all', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 2, max: 1000 }), { minLength: 1, maxLength: 8 }), (sizes) => {
        const looks = sizes.toSorted((a, b) => a - b);
        const spent = looks.reduce((sum, look) => sum + alphaOfLook(looks, look), 0);
        expect(spent).toBeCloseTo(0.05, 12);
      }),
    );
  });

  it('keeps the chance of any false verdict below .05 in simulated sequences', () => {
    const random = normal(11);
    const looks = [6, 12, 24];
    const repeats = 4000;
    let wrong = 0;
    for (let repeat = 0; repeat < repeats; repeat++) {
      const values = Array.from({ length: 24 }, () => random());
      const isWrong = looks.some((look) => {
        const seen = values.slice(0, look);
        const mean = seen.reduce((a, b) => a + b) / look;
        const std = Math.sqrt(seen.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (look - 1));
        return Math.abs(mean) > (studentQuantile(1 - alphaOfLook(looks, look) / 2, look - 1) * std) / Math.sqrt(look);
      });
      wrong += Number(isWrong);
    }
    // At .05, four standard errors of a share of 4000 are .014; looking three times at .05 each would give about .11.
    expect(wrong / repeats).toBeLessThan(0.064);
    expect(wrong / repeats).toBeGreaterThan(0.02);
  });
});
