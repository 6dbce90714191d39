import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rememberedInput, type Response, type Sensor, type Transform, type Triple } from '../../src/stats/remembered-input.ts';
import type { Matrix } from '../../src/stats/matrix.ts';
import { logNormal } from '../../src/stats/normal.ts';
import { normal } from './random.ts';
import { rectifiedNormal } from './rectified-normal.ts';

const MEAN: Triple = [120, 110, 100];
const COVARIANCE = [[3600, 3300, 3000], [3300, 3500, 3200], [3000, 3200, 3700]] as const;

/** What filters make of images with some mean that are fed through a transform. */
type Respond = (filters: readonly Triple[], transform: Transform, mean: Triple) => Response;

/** Filters that each sum the channels with weights of their own: what a linear layer makes of images with these moments. */
function momentsOf(filters: readonly Triple[], { gains, offsets }: Transform, mean: Triple, contrast = 1): Response {
  const level = mean.map((value, c) => gains[c]! * value + offsets[c]!);
  return {
    mean: filters.map((filter) => filter.reduce((sum, weight, c) => sum + weight * level[c]!, 0)),
    variance: filters.map((filter) =>
      filter.reduce((sum, a, c) => sum + filter.reduce((inner, b, d) => inner + a * b * gains[c]! * gains[d]! * COVARIANCE[c]![d]! * contrast ** 2, 0), 0),
    ),
    active: filters.map(() => 1),
  };
}

/** The same behind ReLU, where images are normally distributed; `drift` moves each filter before that. */
function rectifiedMomentsOf(filters: readonly Triple[], transform: Transform, mean: Triple, drift: readonly (readonly [shift: number, scale: number])[] = []): Response {
  const before = momentsOf(filters, transform, mean);
  const after = filters.map((_, k) => {
    const [shift, scale] = drift[k] ?? [0, 1];
    return rectifiedNormal(before.mean[k]! + shift, scale * Math.sqrt(before.variance[k]!));
  });
  return { mean: after.map((one) => one.mean), variance: after.map((one) => one.variance), active: after.map((one) => one.active) };
}

function sensor(filters: readonly Triple[], remembered: Response, respond: Respond = momentsOf): Sensor {
  return { remembered, respond: (transform) => respond(filters, transform, MEAN) };
}

/** x' S^-1 x, from densities. */
function squaredDistance(errors: readonly number[], covariance: Matrix): number {
  return 2 * logNormal(errors.map(() => 0), covariance) - 2 * logNormal(errors, covariance);
}

function movedBy({ mean, variance, active }: Response, drift: readonly (readonly [shift: number, scale: number])[]): Response {
  return { mean: drift.map(([shift], k) => mean[k]! + shift), variance: drift.map(([, scale], k) => variance[k]! * scale ** 2), active };
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
      active: right.active,
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

  test.each<[string, Respond, number]>([['behind a linear layer', momentsOf, 0.7], ['behind ReLU', rectifiedMomentsOf, 0.8]])('says how far levels and gain may be off, with room for filters that move alike, %s', (_, respond, share) => {
    const draw = normal(11);
    const fed = { gains: even(1 / 128), offsets: even(-120 / 128) };
    const distances = Array.from({ length: 150 }, (__, seed) => {
      const filters = filtersOf(100 + seed, 24);
      const moved = filters.map(() => [0.05 * draw(), Math.exp(0.06 * draw())] as const);
      const remembered = respond === rectifiedMomentsOf ? rectifiedMomentsOf(filters, fed, MEAN, moved) : movedBy(momentsOf(filters, fed, MEAN), moved);
      const { level, logGain, covariance } = rememberedInput([sensor(filters, remembered, respond)], MEAN, [fed, ...STARTS])!;
      const errors = [...level.map((value, c) => value - (MEAN[c]! - 120) / 128), (logGain[0] + logGain[1] + logGain[2]) / 3 + Math.log(128)];
      return squaredDistance(errors, covariance);
    });
    const typical = distances.toSorted((a, b) => a - b)[75]!;
    // The median of chi^2 with 4 degrees of freedom is 3.357.
    expect(typical / 3.357 / share).toBeGreaterThan(0.7);
    expect(typical / 3.357 / share).toBeLessThan(1.3);
  });

  test('solves for level and gain together, where a rectifier ties them', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: -5.5, max: 0, noNaN: true }), fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -1, max: 2.5, noNaN: true }))), (seed, logGain, levels) => {
        const filters = filtersOf(seed, 24);
        const gains = even(Math.exp(logGain));
        const offsets = gains.map((gain, c) => gain * (levels[c]! * 60 - MEAN[c]!)) as unknown as Triple;
        const found = rememberedInput([sensor(filters, rectifiedMomentsOf(filters, { gains, offsets }, MEAN), rectifiedMomentsOf)], MEAN, STARTS)!;
        for (const c of [0, 1, 2]) {
          expect(found.logGain[c]!).toBeCloseTo(logGain, 2);
          expect(Math.abs(found.level[c]! / gains[c]! - levels[c]! * 60)).toBeLessThan(0.5);
        }
      }),
      // The search from the start that explains these best ends elsewhere, or early.
      { numRuns: 60, examples: [[-1242095302, 0, [0, 0, -1]], [-448233567, 0, [0, 0, -1]], [1950370781, 0, [0, 0, 2.4270602988529735]]] },
    );
  });

  test('reads what a BatchNorm on the input itself remembers', () => {
    const channels: Triple[] = [[0, 1, 0], [1, 0, 0], [0, 0, 1]];
    const fed = { gains: even(1 / 58), offsets: even(-2) };
    const found = rememberedInput([sensor(channels, momentsOf(channels, fed, [130, 90, 60], 1.2))], MEAN, STARTS)!;
    expect(found.level).toEqual([130, 90, 60].map((mean) => expect.closeTo(mean / 58 - 2, 3) as number));
    expect(Math.exp(found.logGain[0]) * 58).toBeCloseTo(1.2, 2);
    // Two of three channels are not enough.
    const two = channels.slice(0, 2);
    expect(rememberedInput([sensor(two, momentsOf(two, fed, MEAN))], MEAN, STARTS)).toBeNull();
  });

  test('gives up where too little is remembered', () => {
    const filters = filtersOf(1, 3);
    expect(rememberedInput([sensor(filters, momentsOf(filters, STARTS[0]!, MEAN))], MEAN, STARTS)).toBeNull();
    const same = Array.from({ length: 8 }, () => even(1));
    expect(rememberedInput([sensor(same, momentsOf(same, STARTS[0]!, MEAN))], MEAN, STARTS)).toBeNull();
  });
});
