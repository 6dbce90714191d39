import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { meanIou, type Overlap } from '../../src/stats/mean-iou.ts';
import { mean, sampleVariance } from '../../src/stats/summary.ts';

const pixels = fc.integer({ min: 0, max: 60 });
const overlap = fc.array(fc.tuple(pixels, pixels), { minLength: 3, maxLength: 3 }).map((classes): Overlap => ({
  intersections: classes.map(([right]) => right),
  unions: classes.map(([right, other]) => right + other),
}));

describe('mean intersection over union', () => {
  test('is that of all pixels together, over the classes that occur', () => {
    const images = [
      { intersections: [3, 0, 0], unions: [4, 1, 0] },
      { intersections: [1, 2, 0], unions: [2, 4, 0] },
    ];
    const { mean: metric, iou } = meanIou(images, 3);
    expect(iou).toEqual([4 / 6, 2 / 5, null]);
    expect(metric).toBeCloseTo((4 / 6 + 2 / 5) / 2, 12);
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
    const images = Array.from({ length: 200 }, (_, index): Overlap => ({ intersections: [40 + (index % 7), 10 + (index % 11)], unions: [60 + (index % 5), 30 + (index % 13)] }));
    const without = images.map((_, left) => meanIou(images.filter((__, index) => index !== left), 2).mean);
    const n = images.length;
    const jackknife = ((n - 1) ** 2 / n) * sampleVariance(without);
    expect(sampleVariance(meanIou(images, 2).scores) / n / jackknife).toBeCloseTo(1, 1);
  });
});
