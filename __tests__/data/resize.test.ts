import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { scalerTo } from '../../src/data/resize.ts';
import { largestDifference, pillow } from './reference/pillow.ts';

const side = fc.integer({ min: 1, max: 24 });

describe('scalerTo', () => {
  it.each(pillow.resizings)('makes of $from pixels the same $to pixels as Pillow', ({ from, to, pixels, resized }) => {
    const image = { height: from[0], width: from[1], pixels: Uint8Array.from(pixels) };
    expect(largestDifference(scalerTo(to)(image), resized)).toBeLessThan(1e-3);
  });

  test('keeps an image that has the size already', () => {
    fc.assert(
      fc.property(side, side, fc.infiniteStream(fc.integer({ min: 0, max: 255 })), (height, width, values) => {
        const pixels = Uint8Array.from([...values.take(height * width * 3)]);
        expect(Array.from(scalerTo([height, width])({ height, width, pixels }))).toEqual(Array.from(pixels));
      }),
    );
  });

  test('never leaves the range of the pixels, and keeps a plain colour', () => {
    fc.assert(
      fc.property(side, side, side, side, fc.infiniteStream(fc.integer({ min: 40, max: 90 })), (height, width, toHeight, toWidth, values) => {
        const scale = scalerTo([toHeight, toWidth]);
        const noise = scale({ height, width, pixels: Uint8Array.from([...values.take(height * width * 3)]) });
        expect(noise).toHaveLength(toHeight * toWidth * 3);
        expect(noise.every((value) => value > 39.99 && value < 90.01)).toBe(true);
        const plain = scale({ height, width, pixels: new Uint8Array(height * width * 3).fill(77) });
        expect(plain.every((value) => Math.abs(value - 77) < 1e-3)).toBe(true);
      }),
    );
  });
});
