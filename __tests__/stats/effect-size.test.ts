import { describe, expect, it } from 'vitest';
import { standardizedEffect, superiority } from '../../src/stats/effect-size.ts';
import reference from './reference.json' with { type: 'json' };

describe('effect sizes', () => {
  it.each(reference.effectSizes)('agree with SciPy: $effect', ({ differences, effect, superiority: share }) => {
    expect(standardizedEffect(differences)).toBeCloseTo(effect, 8);
    expect(superiority(differences)).toBeCloseTo(share, 12);
  });

  it('turn their sign with the differences', () => {
    const differences = [3, 1, -2, 5];
    const turned = differences.map((difference) => -difference);
    expect(standardizedEffect(turned)).toBeCloseTo(-standardizedEffect(differences)!, 12);
    expect(superiority(turned)).toBe(1 - superiority(differences));
  });

  it('have no standard to measure by where differences are few or all the same', () => {
    expect(standardizedEffect([3, 4])).toBeNull();
    expect(standardizedEffect([3, 3, 3, 3])).toBeNull();
  });

  it('count ties half', () => {
    expect(superiority([0, 0, 1, -1])).toBe(0.5);
    expect(superiority([0, 2])).toBe(0.75);
  });
});
