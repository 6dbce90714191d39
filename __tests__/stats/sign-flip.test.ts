import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signFlipTest, smallestP } from '../../src/stats/sign-flip.ts';
import { normal } from './random.ts';
import reference from './reference.json' with { type: 'json' };

/** Every pattern, one by one. */
function byEnumeration(differences: readonly number[]): number {
  const patterns = 2 ** differences.length;
  const sum = (pattern: number): number => differences.reduce((total, difference, i) => total + ((pattern >> i) & 1 ? -difference : difference), 0);
  const observed = Math.abs(sum(0));
  let extreme = 0;
  for (let pattern = 0; pattern < patterns; pattern++) extreme += Number(Math.abs(sum(pattern)) >= observed - 1e-7);
  return extreme / patterns;
}

describe('signFlipTest', () => {
  it.each(reference.signFlip)("agrees with SciPy's exact permutation test: p = $p", ({ differences, p }) => {
    expect(signFlipTest(differences)).toBeCloseTo(p, 12);
  });

  it('agrees with enumeration, ties and zeros included', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 1, maxLength: 10 }), (steps) => {
        const differences = steps.map((step) => step * 1.1);
        expect(signFlipTest(differences)).toBeCloseTo(byEnumeration(differences), 12);
      }),
    );
  });

  it('does not know the direction, the order or the unit', () => {
    const differences = [2.5, -1, 4, 3.5, 0.5, 6, -2];
    const p = signFlipTest(differences);
    expect(signFlipTest(differences.map((difference) => -difference))).toBe(p);
    expect(signFlipTest(differences.toReversed())).toBe(p);
    expect(signFlipTest(differences.map((difference) => difference / 300))).toBe(p);
  });

  it('needs six pairs for p < .05, and a tie costs one of them', () => {
    expect(signFlipTest([1, 2, 3, 4, 5])).toBe(0.0625);
    expect(signFlipTest([1, 2, 3, 4, 5, 6])).toBe(0.03125);
    expect(signFlipTest([1, 2, 3, 4, 5, 0])).toBe(0.0625);
    expect([5, 6, 12].map(smallestP)).toEqual([0.0625, 0.03125, 2 / 4096]);
  });

  it('says 1 where nothing differs', () => {
    expect(signFlipTest([0, 0, 0])).toBe(1);
    expect(signFlipTest([1, -1])).toBe(1);
  });

  it('is exact and quick for 24 seeds', () => {
    const differences = Array.from({ length: 24 }, () => 1);
    const start = performance.now();
    expect(signFlipTest(differences)).toBe(2 / 2 ** 24);
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('stays near the normal approximation where patterns are drawn', () => {
    const random = normal(9);
    const differences = Array.from({ length: 200 }, () => random() + 0.14);
    const z = Math.abs(differences.reduce((a, b) => a + b, 0)) / Math.sqrt(differences.reduce((sum, d) => sum + d * d, 0));
    expect(z).toBeGreaterThan(1);
    // Two-sided normal tail by numerical integration.
    let tail = 0;
    for (let x = z; x < 12; x += 1e-4) tail += (2 * 1e-4 * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
    expect(Math.abs(signFlipTest(differences) - tail)).toBeLessThan(0.005);
    expect(signFlipTest(differences)).toBe(signFlipTest(differences));
    expect(signFlipTest(Array.from({ length: 200 }, () => 1))).toBe(2 ** -16);
  });
});
