import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { meanIou, type Overlap } from '../../src/stats/mean-iou.ts';
import { mean, sampleVariance } from '../../src/stats/summary.ts';

const pixels = fc.integer({ min: 0, max: 60 });
const overlap = fc.array(fc.tuple(pixels, pixels, pixels), { minLength: 3, maxLength: 3 }).map((classes): Overlap => ({
  areas: classes.map(([right, missed]) => right + missed),
  intersections: classes.map(([right]) => right),
  unions: classes.map(([right, missed, wrong]) => right + missed + wrong),
}));

describe('mean intersection over union', () => {
  test('is that of all pixels together, over the classes that occur', () => {
    const images = [
      { areas: [3, 1, 0], intersections: [3, 0, 0], unions: [4, 1, 0] },
      { areas: [2, 4, 0], intersections: [1, 2, 0], unions: [2, 4, 0] },
    ];
    const { mean: metric, iou } = meanIou(images, 3);
    expect(iou).toEqual([4 / 6, 2 / 5, null]);
    expect(metric).toBeCloseTo((4 / 6 + 2 / 5) / 2, 12);
  });

  test('counts a class that does not occur for nobody, whether it is answered or not', () => {
    const areas = [60, 40, 0];
    const plain = meanIou([{ areas, intersections: [50, 30, 0], unions: [70, 50, 0] }], 3);
    // One pixel of the second class is called the third one instead of the first.
    const stray = meanIou([{ areas, intersections: [50, 30, 0], unions: [69, 50, 1] }], 3);
    expect([plain.iou, stray.iou]).toEqual([[50 / 70, 30 / 50, null], [50 / 69, 30 / 50, null]]);
    // And a pixel that was right: the class that it belongs to pays for it.
    const worse = meanIou([{ areas, intersections: [50, 29, 0], unions: [70, 50, 1] }], 3);
    expect(worse.mean).toBeCloseTo((50 / 70 + 29 / 50) / 2, 12);
    expect(mean(worse.scores)).toBeCloseTo(worse.mean, 12);
  });

  test('is the mean of what the images add', () => {
    fc.assert(
      fc.property(fc.array(overlap, { minLength: 1, maxLength: 8 }), (images) => {
        const { mean: metric, scores } = meanIou(images, 3);
        expect(mean(scores)).toBeCloseTo(metric, 10);
      }),
    );
  });

  test('varies as the scores of many images say (jackknife)', () => {
    const images = Array.from({ length: 200 }, (_, index): Overlap => ({ areas: [55, 25], intersections: [40 + (index % 7), 10 + (index % 11)], unions: [60 + (index % 5), 30 + (index % 13)] }));
    const without = images.map((_, left) => meanIou(images.filter((__, index) => index !== left), 2).mean);
    const n = images.length;
    const jackknife = ((n - 1) ** 2 / n) * sampleVariance(without);
    expect(sampleVariance(meanIou(images, 2).scores) / n / jackknife).toBeCloseTo(1, 1);
  });
});
