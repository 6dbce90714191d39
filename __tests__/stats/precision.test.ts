import { describe, expect, it } from 'vitest';
import { correctedResampledT } from '../../src/stats/corrected-resampled-t.ts';
import { defaultMargin, plannedMargin } from '../../src/stats/precision.ts';
import { uniform } from './random.ts';

describe('plannedMargin', () => {
  it('knows that 60 validation images cannot show 2 points', () => {
    // 2.5706 sqrt(.1 / 60 (1 / 6 + 60 / 180)) and 2.0010 sqrt(.1 / 60), with t from tables.
    expect(plannedMargin({ kind: 'folds', trainImages: 180, validationImages: 60 }, 6)).toBeCloseTo(7.42, 2);
    expect(plannedMargin({ kind: 'fixed', trainImages: 180, validationImages: 60 }, 6)).toBeCloseTo(8.17, 2);
  });

  it('is the half width that simulated runs with 10 % discordance get', () => {
    const next = uniform(4);
    const data = { trainImages: 200, validationImages: 40 };
    let squares = 0;
    for (let repeat = 0; repeat < 500; repeat++) {
      const differences = Array.from({ length: 6 }, () => {
        let sum = 0;
        for (let i = 0; i < 40; i++) sum += next() < 0.1 ? (next() < 0.5 ? 1 : -1) : 0;
        return (100 * sum) / 40;
      });
      const { low, high } = correctedResampledT(differences, data, 0.95);
      squares += ((high - low) / 2) ** 2 / 500;
    }
    expect(Math.sqrt(squares) / plannedMargin({ kind: 'folds', ...data }, 6)).toBeCloseTo(1, 1);
  });

  it('shrinks with more images and, for folds, with more seeds', () => {
    const folds = { kind: 'folds', trainImages: 200, validationImages: 40 } as const;
    expect(plannedMargin(folds, 24)).toBeLessThan(plannedMargin(folds, 6));
    expect(plannedMargin({ kind: 'fixed', trainImages: 200, validationImages: 4000 }, 6)).toBeLessThan(1);
  });
});

describe('defaultMargin', () => {
  it('is 2 points, or what the plan can show where that is more', () => {
    expect(defaultMargin(0.4)).toBe(2);
    expect(defaultMargin(7.4)).toBe(7.4);
  });
});
