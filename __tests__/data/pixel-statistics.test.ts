import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pixelStatistics } from '../../src/data/pixel-statistics.ts';

test('are those of all pixels together, channel by channel', () => {
  const found = pixelStatistics(Float32Array.of(0, 10, 255, 4, 10, 255, 8, 10, 0, 12, 10, 0));
  expect(found.mean).toEqual([6, 10, 127.5]);
  expect(found.std).toEqual([Math.sqrt(20), 0, 127.5]);
});

test('do not depend on the order of the images, and follow a scale', () => {
  const image = fc.array(fc.integer({ min: 0, max: 127 }), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(image, { minLength: 2, maxLength: 5 }), (images) => {
      const found = pixelStatistics(Float32Array.from(images.flat()));
      const turned = pixelStatistics(Float32Array.from(images.toReversed().flat()));
      const doubled = pixelStatistics(Float32Array.from(images.flat(), (value) => value * 2));
      for (const channel of [0, 1, 2] as const) {
        expect(turned.mean[channel]).toBeCloseTo(found.mean[channel], 9);
        expect(turned.std[channel]).toBeCloseTo(found.std[channel], 6);
        expect(doubled.mean[channel]).toBeCloseTo(found.mean[channel] * 2, 9);
        expect(doubled.std[channel]).toBeCloseTo(found.std[channel] * 2, 6);
      }
    }),
  );
});
