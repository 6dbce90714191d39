import { describe, expect, it } from 'vitest';
import { allAlike } from '../../src/stats/all-alike.ts';

describe('allAlike', () => {
  // scipy.stats.binomtest(0, n).proportion_ci(level, method='exact').high
  it.each([[1, 0.95, 0.975], [2, 0.95, 0.8418861], [10, 0.95, 0.3084971], [60, 0.95, 0.0596295], [60, 0.9, 0.0487029], [240, 0.95, 0.0152531]])('agrees with SciPy for none of %i at %d', (examples, level, others) => {
    const { estimate, low, high } = allAlike(0, examples, level);
    expect([estimate, low / 100, high / 100]).toEqual([0, expect.closeTo(-others, 6), expect.closeTo(others, 6)]);
  });

  it('leaves open the opposite of what all examples show', () => {
    expect(allAlike(100, 10, 0.95)).toEqual({ estimate: 100, low: expect.closeTo(100 - 200 * 0.3084971, 4) as number, high: 100 });
    expect(allAlike(-50, 10, 0.95)).toEqual({ estimate: -50, low: expect.closeTo(-50 - 50 * 0.3084971, 4) as number, high: expect.closeTo(-50 + 150 * 0.3084971, 4) as number });
  });
});
