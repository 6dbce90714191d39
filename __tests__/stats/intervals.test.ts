import { describe, expect, it } from 'vitest';
import { correctedResampledT } from '../../src/stats/corrected-resampled-t.ts';
import { crossedComponents } from '../../src/stats/crossed-components.ts';
import { repeatedFolds } from '../../src/stats/repeated-folds.ts';
import { normal } from './random.ts';
import reference from './reference.json' with { type: 'json' };

const FIGURES = ['estimate', 'standardError', 'df', 'low', 'high'] as const;

/** Share of `repeats` simulated intervals that hold the truth, 0. */
function coverage(repeats: number, interval: () => { readonly low: number; readonly high: number }): number {
  let held = 0;
  for (let i = 0; i < repeats; i++) {
    const { low, high } = interval();
    held += Number(low <= 0 && high >= 0);
  }
  return held / repeats;
}

describe('correctedResampledT', () => {
  it.each(reference.correctedResampledT)('agrees with NumPy and SciPy for $validationImages of $trainImages', (expected) => {
    const actual = correctedResampledT(expected.differences, expected, expected.level);
    for (const figure of FIGURES) expect(actual[figure]).toBeCloseTo(expected[figure], 8);
  });

  it('holds the truth as often as it says, where resplits correlate as the correction assumes', () => {
    const random = normal(5);
    const data = { trainImages: 200, validationImages: 40 };
    // Correlation n_val / (n_val + n_train) between resplits: the assumption of Nadeau & Bengio, section 3.
    const correlation = 40 / 240;
    const share = coverage(4000, () => {
      const common = random() * Math.sqrt(correlation);
      const differences = Array.from({ length: 6 }, () => common + random() * Math.sqrt(1 - correlation));
      return correctedResampledT(differences, data, 0.95);
    });
    // Four standard errors of a share of 4000.
    expect(Math.abs(share - 0.95)).toBeLessThan(0.014);
  });

  it('has no interval of a single resplit', () => {
    expect(() => correctedResampledT([3], { trainImages: 10, validationImages: 5 }, 0.95)).toThrow(RangeError);
  });
});

describe('repeatedFolds', () => {
  it.each(reference.repeatedFolds)('agrees with clustered least squares in NumPy: df = $df', (expected) => {
    const actual = repeatedFolds(expected.runs, expected.level);
    for (const figure of FIGURES) expect(actual[figure] / expected[figure]).toBeCloseTo(1, 8);
  });

  it.each([
    ['nothing but the rest', 0, 0, 6],
    ['runs', 0.1, 0, 6],
    ['examples, over two rounds of folds,', 0.02, 0.4, 12],
  ])('holds the truth as often as it says where %s vary', (_, bySeed, byExample, seeds) => {
    const random = normal(3);
    const share = coverage(800, () => {
      const example = Array.from({ length: 60 }, () => random() * Math.sqrt(byExample));
      const runs = Array.from({ length: seeds }, (_, seed) => {
        const level = random() * Math.sqrt(bySeed);
        const examples = Array.from({ length: 10 }, (_, place) => 10 * (seed % 6) + place);
        return { examples, differences: examples.map((index) => level + example[index]! + random()) };
      });
      return repeatedFolds(runs, 0.95);
    });
    // Four standard errors of a share of 800; a little more than it says where the larger of two estimates is taken.
    expect(share).toBeGreaterThan(0.92);
    expect(share).toBeLessThan(0.99);
  });

  it('finds exactly nothing where differences cancel', () => {
    const runs = [[100, 0, 0], [0, -100, 0], [0, 0, 100], [-100, 0, 0]].map((differences, seed) => ({ examples: [3 * seed, 3 * seed + 1, 3 * seed + 2], differences }));
    expect(repeatedFolds(runs, 0.95).estimate).toBe(0);
  });

  it('has no interval of one seed', () => {
    expect(() => repeatedFolds([{ examples: [0, 1], differences: [1, 0] }], 0.95)).toThrow(RangeError);
  });
});

describe('crossedComponents', () => {
  it.each(reference.crossedComponents)('agrees with least squares in NumPy: df = $df', (expected) => {
    const actual = crossedComponents(expected.differences, expected.level);
    for (const figure of FIGURES) expect(actual[figure] / expected[figure]).toBeCloseTo(1, 8);
  });

  it('covers components that are truncated at zero', () => {
    expect(reference.crossedComponents.map(({ truncated }) => truncated)).toContain(true);
    expect(reference.crossedComponents.map(({ truncated }) => truncated)).toContain(false);
  });

  it.each([
    ['seeds', 1, 0, 0.3],
    ['examples', 0, 1, 0.3],
    ['both', 0.05, 0.3, 0.65],
  ])('holds the truth as often as it says where %s vary', (_, bySeed, byExample, rest) => {
    const random = normal(11);
    const share = coverage(800, () => {
      const examples = Array.from({ length: 40 }, () => random() * Math.sqrt(byExample));
      const table = Array.from({ length: 6 }, () => {
        const seed = random() * Math.sqrt(bySeed);
        return examples.map((example) => seed + example + random() * Math.sqrt(rest));
      });
      return crossedComponents(table, 0.95);
    });
    expect(Math.abs(share - 0.95)).toBeLessThan(0.031);
  });

  it('is a point where no outcome differs', () => {
    const nothing = Array.from({ length: 6 }, () => Array.from({ length: 20 }, () => 0));
    expect(crossedComponents(nothing, 0.95)).toMatchObject({ estimate: 0, low: 0, high: 0 });
  });

  it('has no interval of one seed or one example', () => {
    expect(() => crossedComponents([[1, 0, 1]], 0.95)).toThrow(RangeError);
    expect(() => crossedComponents([[1], [0]], 0.95)).toThrow(RangeError);
  });
});
