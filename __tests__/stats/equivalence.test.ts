import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equivalenceVerdict } from '../../src/stats/equivalence.ts';

/** Intervals around an estimate with half widths of the two levels. */
function verdict(estimate: number, half95: number, half90: number, margin = 3): string {
  const around = (half: number): { estimate: number; low: number; high: number } => ({ estimate, low: estimate - half, high: estimate + half });
  return equivalenceVerdict({ benefit: around(half95), equivalence: around(half90), margin });
}

describe('equivalenceVerdict', () => {
  it.each([
    ['needed', 7.8, 3.2, 2.5],
    ['harmful', -7.8, 3.2, 2.5],
    ['not-needed', -0.8, 2.2, 1.7],
    ['inconclusive', 2, 6, 5],
    ['inconclusive', 7.8, 8, 6],
    ['inconclusive', 2.5, 2, 1.6],
  ])('is %s for %d with half widths %d and %d and a margin of 3', (expected, estimate, half95, half90) => {
    expect(verdict(estimate, half95, half90)).toBe(expected);
  });

  it('calls a certain but small effect not needed', () => {
    expect(verdict(1, 0.5, 0.4)).toBe('not-needed');
  });

  it('takes arms that never differ for equal', () => {
    expect(verdict(0, 0, 0)).toBe('not-needed');
  });

  it('never takes a wide interval for equality, and mirrors', () => {
    const mirror: Record<string, string> = { needed: 'harmful', harmful: 'needed' };
    fc.assert(
      fc.property(fc.double({ min: -20, max: 20, noNaN: true }), fc.double({ min: 0, max: 20, noNaN: true }), (estimate, half) => {
        const found = verdict(estimate, half, half * 0.8);
        if (half * 0.8 >= 3) expect(found).not.toBe('not-needed');
        expect(verdict(-estimate, half, half * 0.8)).toBe(mirror[found] ?? found);
      }),
    );
  });
});
