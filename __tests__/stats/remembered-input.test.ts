import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChannelMoments, rememberedInput, type Sensor, type Transform, type Triple } from '../../src/stats/remembered-input.ts';
import { logNormal } from '../../src/stats/normal.ts';
import { normal } from './random.ts';

const MEAN: Triple = [120, 110, 100];
const COVARIANCE = [[3600, 3300, 3000], [3300, 3500, 3200], [3000, 3200, 3700]] as const;

/** Filters that each sum the channels with weights of their own: what a linear layer makes of images with these moments. */
function momentsOf(filters: readonly Triple[], { gains, offsets }: Transform, mean: Triple, contrast = 1): ChannelMoments {
  const level = mean.map((value, c) => gains[c]! * value + offsets[c]!);
  return {
    mean: filters.map((filter) => filter.reduce((sum, weight, c) => sum + weight * level[c]!, 0)),
    variance: filters.map((filter) =>
      filter.reduce((sum, a, c) => sum + filter.reduce((inner, b, d) => inner + a * b * gains[c]! * gains[d]! * COVARIANCE[c]![d]! * contrast ** 2, 0), 0),
    ),
  };
}

function sensor(filters: readonly Triple[], remembered: ChannelMoments): Sensor {
  return { remembered, respond: (transform) => momentsOf(filters, transform, MEAN) };
}

const filtersOf = (seed: number, count = 16): Triple[] => {
  const draw = normal(seed);
  return Array.from({ length: count }, () => [draw(), draw(), draw()]);
};
const even = (value: number): Triple => [value, value, value];
const STARTS: readonly Transform[] = [1, 1 / 255, 1 / 58].map((gain) => ({ gains: even(gain), offsets: even(0) }));

describe('rememberedInput', () => {
  test('finds the transform that made the memories, whatever it was', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: -6, max: 1, noNaN: true }), fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -3, max: 3, noNaN: true }))), (seed, logGain, levels) => {
        const filters = filtersOf(seed);
        const gains = even(Math.exp(logGain));
        const offsets = gains.map((gain, c) => gain * (levels[c]! * 60 - MEAN[c]!)) as unknown as Triple;
        const found = rememberedInput([sensor(filters, momentsOf(filters, { gains, offsets }, MEAN))], MEAN, STARTS)!;
        for (const c of [0, 1, 2]) {
          expect(found.logGain[c]!).toBeCloseTo(logGain, 2);
          expect(found.level[c]! / gains[c]!).toBeCloseTo(levels[c]! * 60, 1);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('tells the level that was fed, not that of the images at hand', () => {
    const filters = filtersOf(3);
    const fed = { gains: even(1 / 255), offsets: even(0) };
    const found = rememberedInput([sensor(filters, momentsOf(filters, fed, [200, 60, 20], 1.3))], MEAN, STARTS)!;
    expect(found.level.map((level) => level * 255)).toEqual([expect.closeTo(200, 1), expect.closeTo(60, 1), expect.closeTo(20, 1)]);
    expect(Math.exp(found.logGain[0]) * 255).toBeCloseTo(1.3, 2);
  });

  test('takes no notice of a few filters that remember something else', () => {
    const filters = filtersOf(5, 24);
    const right = momentsOf(filters, { gains: even(1 / 128), offsets: even(-1) }, MEAN);
    const remembered = {
      mean: Array.from(right.mean, (value, k) => (k < 3 ? value + 2 * Math.sqrt(right.variance[k]!) : value)),
      variance: Array.from(right.variance, (value, k) => (k < 3 ? value * 9 : value)),
    };
    const found = rememberedInput([sensor(filters, remembered)], MEAN, STARTS)!;
    expect(Math.exp(-found.logGain[1])).toBeCloseTo(128, -1);
    expect((found.level[1] + 1) * 128).toBeCloseTo(MEAN[1], -1);
  });

  test('leaves out dead filters, whose remembered variance is next to nothing', () => {
    const filters = [...filtersOf(7), ...Array.from({ length: 6 }, () => even(0))];
    const remembered = momentsOf(filters, { gains: even(1 / 255), offsets: even(0) }, MEAN);
    const found = rememberedInput([sensor(filters, remembered)], MEAN, STARTS)!;
    expect(Math.exp(-found.logGain[0])).toBeCloseTo(255, 0);
  });

  test('says how far its levels may be off, twice as much in squares as independent errors would make them', () => {
    const draw = normal(11);
    const fed = { gains: even(1 / 255), offsets: even(0) };
    const distances = Array.from({ length: 150 }, (_, seed) => {
      const filters = filtersOf(100 + seed, 24);
      const { mean, variance } = momentsOf(filters, fed, MEAN);
      const { level, levelCovariance } = rememberedInput([sensor(filters, { mean: Array.from(mean, (value) => value + 0.03 * draw()), variance })], MEAN, STARTS)!;
      const errors = level.map((value, c) => value - MEAN[c]! / 255);
      // x' S^-1 x of three, from the densities.
      return (-2 * logNormal(errors, levelCovariance) + 2 * logNormal([0, 0, 0], levelCovariance)) / 3;
    });
    const typical = distances.toSorted((a, b) => a - b)[75]!;
    // The median of chi^2 with 3 degrees of freedom is 2.366.
    expect(typical / (2.366 / 3)).toBeGreaterThan(0.35);
    expect(typical / (2.366 / 3)).toBeLessThan(0.75);
  });

  test('gives up where too little is remembered', () => {
    const filters = filtersOf(1, 3);
    expect(rememberedInput([sensor(filters, momentsOf(filters, STARTS[0]!, MEAN))], MEAN, STARTS)).toBeNull();
    const same = Array.from({ length: 8 }, () => even(1));
    expect(rememberedInput([sensor(same, momentsOf(same, STARTS[0]!, MEAN))], MEAN, STARTS)).toBeNull();
  });
});
