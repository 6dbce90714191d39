import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { studentCdf, studentQuantile } from '../../src/stats/student.ts';
import reference from './reference.json' with { type: 'json' };

describe('studentCdf', () => {
  it.each(reference.student.cdf)('agrees with SciPy at t = $t, df = $df', ({ t, df, value }) => {
    expect(Math.abs(studentCdf(t, df) - value)).toBeLessThanOrEqual(1e-10 * value);
  });
});

describe('studentQuantile', () => {
  it.each(reference.student.quantile)('agrees with SciPy at p = $p, df = $df', ({ p, df, value }) => {
    expect(Math.abs(studentQuantile(p, df) - value)).toBeLessThan(1e-9 * Math.max(1, Math.abs(value)));
  });

  it('inverts the distribution function', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-4, max: 0.9999, noNaN: true }), fc.double({ min: 0.5, max: 1e5, noNaN: true }), (p, df) => {
        expect(studentCdf(studentQuantile(p, df), df)).toBeCloseTo(p, 10);
      }),
      // Where 1 - x would cancel: many degrees of freedom, close to the centre.
      { examples: [[0.48700305140809774, 40610.7929340256], [0.4999, 99_999], [0.500001, 1e5]] },
    );
  });

  it.each([
    [0, 5],
    [1, 5],
    [0.5, 0],
    [Number.NaN, 5],
    [0.5, Number.NaN],
  ])('refuses p = %d with %d degrees of freedom', (p, df) => {
    expect(() => studentQuantile(p, df)).toThrow(RangeError);
  });
});
