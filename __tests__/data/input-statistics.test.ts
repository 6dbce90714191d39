import fc from 'fast-check';
import { expect, test } from 'vitest';
import { channelStatistics } from '../../src/data/input-statistics.ts';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values: readonly number[]) => mean(values.map((value) => (value - mean(values)) ** 2));

test('the statistics of each channel are those of its values, and of their spread from image to image', () => {
  const pixels = fc.tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 1, max: 4 })).chain(([images, positions]) =>
    fc.array(fc.integer({ min: 0, max: 255 }), { minLength: images * positions * 3, maxLength: images * positions * 3 }).map((values) => ({ values, positions })),
  );
  fc.assert(
    fc.property(pixels, ({ values, positions }) => {
      channelStatistics(Float32Array.from(values), positions * 3).forEach((found, channel) => {
        const own = values.filter((_, index) => index % 3 === channel);
        const atPosition = (position: number) => own.filter((_, index) => index % positions === position);
        expect(found.mean).toBeCloseTo(mean(own), 6);
        expect(found.std).toBeCloseTo(Math.sqrt(variance(own)), 4);
        expect([found.min, found.max]).toEqual([Math.min(...own), Math.max(...own)]);
        expect(found.signal).toBeCloseTo(Math.sqrt(mean(Array.from({ length: positions }, (_, position) => variance(atPosition(position))))), 4);
      });
    }),
  );
});
