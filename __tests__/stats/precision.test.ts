import { describe, expect, it } from 'vitest';
import { equivalenceVerdict } from '../../src/stats/equivalence.ts';
import { meanIou } from '../../src/stats/mean-iou.ts';
import { defaultMargin, equivalenceReach, overlapSpread, plannedMargin } from '../../src/stats/precision.ts';
import { repeatedFolds } from '../../src/stats/repeated-folds.ts';
import { studentQuantile } from '../../src/stats/student.ts';
import { sampleVariance } from '../../src/stats/summary.ts';
import { normal, uniform } from './random.ts';
import reference from './reference.json' with { type: 'json' };

const FOLDS = { kind: 'folds', trainImages: 200, validationImages: 40 } as const;
const FIXED = { kind: 'fixed', trainImages: 180, validationImages: 60 } as const;

describe('plannedMargin', () => {
  it('knows that 60 validation images cannot show 2 points', () => {
    // (1.9699 + .8431) sqrt(.35 / 240) and (2.0010 + .8478) sqrt(.1 / 60 + .25 / 360), with t from tables.
    expect(plannedMargin(FOLDS, 6)).toBeCloseTo(10.74, 2);
    expect(plannedMargin(FIXED, 6)).toBeCloseTo(13.84, 2);
  });

  it('shrinks with more images and seeds', () => {
    expect(plannedMargin(FOLDS, 24)).toBeLessThan(plannedMargin(FOLDS, 6));
    expect(plannedMargin({ ...FIXED, validationImages: 6000 }, 6)).toBeLessThan(1.4);
  });

  it('and the reach of equivalence are those of SciPy', () => {
    for (const { kind, trainImages, validationImages, seeds, alpha, margin, equivalence } of reference.planned) {
      const data = { kind: kind as 'folds' | 'fixed', trainImages, validationImages };
      expect(plannedMargin(data, seeds, alpha)).toBeCloseTo(margin, 8);
      expect(equivalenceReach(data, seeds, alpha) / equivalence).toBeCloseTo(1, 4);
    }
  });
});

describe('mean IoU', () => {
  const EVEN = Array.from({ length: 60 }, () => [100, 20]);
  /** Most of the second class lies in every tenth image. */
  const UNEVEN = EVEN.map((_, image) => (image % 10 === 0 ? [100, 200] : [100, 2]));

  it('of images that count alike has the spread that was measured, and needs fewer than answers do', () => {
    expect(overlapSpread(EVEN)).toEqual({ images: expect.closeTo(0.005, 12) as number, chance: expect.closeTo(0.015, 12) as number });
    // (2.0010 + .8478) sqrt(.005 / 60 + .015 / 360).
    expect(plannedMargin({ ...FIXED, spread: overlapSpread(EVEN) }, 6)).toBeCloseTo(3.185, 2);
  });

  it('varies with the images that hold a rare class, as is simulated', () => {
    const draw = normal(9);
    const { images, chance } = overlapSpread(UNEVEN);
    expect(images).toBeGreaterThan(2 * 0.005);
    const differences = Array.from({ length: 4000 }, () => {
      const shift = UNEVEN.map(() => Math.sqrt(0.005 + 0.015) * draw());
      const overlaps = (by: (image: number) => number) => UNEVEN.map((areas, image) => ({ areas, intersections: areas.map((area) => area * (0.6 + by(image))), unions: areas }));
      return meanIou(overlaps((image) => shift[image]!), 2).mean - meanIou(overlaps(() => 0), 2).mean;
    });
    const planned = plannedMargin({ kind: 'fixed', trainImages: 60, validationImages: 60, spread: { images, chance } }, 1) / (studentQuantile(0.975, 59) + studentQuantile(0.8, 59));
    expect((100 * Math.sqrt(sampleVariance(differences))) / planned).toBeCloseTo(1, 1);
  });

  it('leaves out a class that no mask has', () => {
    expect(overlapSpread(UNEVEN.map((areas) => [...areas, 0]))).toEqual(overlapSpread(UNEVEN));
  });
});

describe('equivalenceReach', () => {
  it('is the margin within which simulated plans find equality in 80 % of cases, a fifth of it being true', () => {
    const next = uniform(4);
    const margin = equivalenceReach(FOLDS, 6);
    const shift = margin / 5 / 100;
    const repeats = 600;
    let found = 0;
    for (let repeat = 0; repeat < repeats; repeat++) {
      const runs = Array.from({ length: 6 }, (_, fold) => ({
        examples: Array.from({ length: 40 }, (_, image) => 40 * fold + image),
        differences: Array.from({ length: 40 }, () => {
          const draw = next();
          return draw < 0.175 + shift / 2 ? 100 : draw < 0.35 ? -100 : 0;
        }),
      }));
      const verdict = equivalenceVerdict({ benefit: repeatedFolds(runs, 0.95), equivalence: repeatedFolds(runs, 0.9), margin });
      found += Number(verdict === 'not-needed');
    }
    // Four standard errors of a share of 600.
    expect(Math.abs(found / repeats - 0.8)).toBeLessThan(0.066);
  });

  it('is wider than what can be shown to differ, and shrinks with the root of the images', () => {
    for (const plan of [FOLDS, FIXED]) expect(equivalenceReach(plan, 6)).toBeGreaterThan(plannedMargin(plan, 6));
    const four = { ...FOLDS, trainImages: 800, validationImages: 160 };
    expect(equivalenceReach(FOLDS, 6) / equivalenceReach(four, 6)).toBeCloseTo(2, 1);
  });
});

describe('defaultMargin', () => {
  it('is 2 points, or what the plan can show where that is more', () => {
    expect(defaultMargin(0.4)).toBe(2);
    expect(defaultMargin(7.4)).toBe(7.4);
  });
});
