import { describe, expect, test } from 'vitest';
import { areEquivalent, CANDIDATES } from '../../../src/experiment/fingerprint/candidates.ts';
import { sampled } from '../../../src/experiment/fingerprint/population.ts';
import { believe, type Readings } from '../../../src/experiment/fingerprint/posterior.ts';
import type { Matrix } from '../../../src/stats/matrix.ts';
import type { Triple } from '../../../src/stats/remembered-input.ts';
import { normal } from '../../stats/random.ts';

const MEAN: Triple = [220, 205, 172];
const diagonal = (variance: number): Matrix => [0, 1, 2].map((a) => [0, 1, 2].map((b) => (a === b ? variance : 0)));

/** Of levels, then of the logarithm of the gain, whose standard error is 0.02. */
function ofLevelsAndGain(levels: Matrix, both: Triple): Matrix {
  return [...levels.map((row, c) => [...row, both[c]!]), [...both, 0.02 ** 2]];
}

/** A network fed x / 255 - 0.5, read with images whose mean is known so well. */
function halfRange(variance: number): Readings[] {
  const level = MEAN.map((mean) => mean / 255 - 0.5) as unknown as Triple;
  const logGain: Triple = [-Math.log(255), -Math.log(255), -Math.log(255)];
  const fed = { level, logGain, covariance: ofLevelsAndGain(diagonal((3 / 255) ** 2), [0, 0, 0]), misfit: 0.05 };
  const source = { mean: MEAN, covariance: diagonal(variance) };
  return [{ order: 'rgb', standardized: false, readings: [{ population: 'images', source, contrast: 70, fed }] }];
}

const named = (name: string) => CANDIDATES.find((candidate) => candidate.name === name)!;

describe('believe', () => {
  test('tells a subtracted grey from a subtracted mean colour where the mean of the images is known, and not where it is a guess', () => {
    const [well, badly] = [believe(halfRange(2 ** 2)), believe(halfRange(12 ** 2))];
    expect(well.group.map(({ name }) => name)).toContain('half-range');
    expect(well.probability).toBeGreaterThan(0.95);
    expect(badly.probability).toBeLessThan(0.95);
  });

  test('an error that level and gain share counts where both are off together', () => {
    const [reading] = halfRange(2 ** 2);
    const off = (shared: number) => {
      const { readings: [first], ...rest } = reading!;
      const moved = [12 / 255, 12 / 255, 12 / 255] as const;
      const level = first!.fed.level.map((value, c) => value + moved[c]!) as unknown as Triple;
      const logGain = first!.fed.logGain.map((value) => value + 0.06) as unknown as Triple;
      const covariance = ofLevelsAndGain(diagonal(1e-5).map((row) => row.map((value) => value + (12 / 255) ** 2)), [shared, shared, shared]);
      const found = believe([{ ...rest, readings: [{ ...first!, fed: { ...first!.fed, level, logGain, covariance } }] }]);
      return found.judged.find(({ candidate }) => candidate.name === 'half-range')!.probability;
    };
    // Correlated by 0.9 one way, and the other way.
    expect(off((0.9 * 12 * 0.02) / 255)).toBeGreaterThan(off((-0.9 * 12 * 0.02) / 255));
  });

  test('an error that channels share does not speak against one alone', () => {
    const [reading] = halfRange(2 ** 2);
    const off = (covariance: Matrix) => {
      const { readings: [first], ...rest } = reading!;
      const level = first!.fed.level.map((value, c) => value + [12, 12, 12][c]! / 255) as unknown as Triple;
      const found = believe([{ ...rest, readings: [{ ...first!, fed: { ...first!.fed, level, covariance: ofLevelsAndGain(covariance.map((row) => row.map((value) => value / 255 ** 2)), [0, 0, 0]) } }] }]);
      return found.judged.find(({ candidate }) => candidate.name === 'half-range')!.probability;
    };
    expect(off([[101, 100, 100], [100, 101, 100], [100, 100, 101]])).toBeGreaterThan(off(diagonal(101)));
  });
});

describe('candidates', () => {
  test('count once, however many names there are for what they feed', () => {
    for (const name of ['minus-one-to-one', 'mean-only', 'unit']) {
      const same = CANDIDATES.filter((other) => areEquivalent(other, named(name)));
      expect(same.reduce((sum, { weight }) => sum + weight, 0), name).toBeCloseTo(name === 'mean-only' ? 0.3 : 1, 12);
    }
  });
});

describe('sampled', () => {
  const [images, side] = [400, 4];
  const draw = normal(3);
  const values = new Float32Array(images * side * side * 3);
  for (let image = 0; image < images; image++) {
    const [shared, blue] = [20 * draw(), 30 * draw()];
    for (let at = 0; at < side * side; at++) values.set([120 + shared + draw(), 110 + shared + draw(), 100 + shared + blue + draw()], (image * side * side + at) * 3);
  }
  const { asTheyAre, standardized } = sampled({ values, size: [side, side] });

  test('errs by what images vary by, over their number', () => {
    const expected = [[400, 400, 400], [400, 400, 400], [400, 400, 1300]];
    asTheyAre.covariance.forEach((row, a) => { row.forEach((value, b) => { expect((value * images) / expected[a]![b]!).toBeCloseTo(1, 0); }); });
    asTheyAre.mean.forEach((value, c) => { expect(Math.abs(value - [120, 110, 100][c]!)).toBeLessThan(4 * Math.sqrt(asTheyAre.covariance[c]![c]!)); });
  });

  test('of images that are standardized, channels cancel', () => {
    expect(standardized.mean.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 3);
  });
});
