import type { Pixels } from './pixels.ts';

/** Where in an image the window lies, one image after the other: corners and centre. */
const PLACES = [[0, 0], [1, 1], [0, 1], [1, 0], [0.5, 0.5]] as const;

/**
 * A window of each image, at most `side` pixels high and wide. The first layers see no further, and a window keeps the
 * fineness of the image, which scaling it down would not.
 */
export function windowsOf({ values, size: [height, width] }: Pixels, side: number): Pixels {
  const [high, wide] = [Math.min(height, side), Math.min(width, side)];
  const row = height * width * 3;
  const count = values.length / row;
  const out = new Float32Array(count * high * wide * 3);
  for (let image = 0; image < count; image++) {
    const [down, right] = PLACES[image % PLACES.length]!;
    const [top, left] = [Math.floor(down * (height - high)), Math.floor(right * (width - wide))];
    for (let y = 0; y < high; y++) {
      const from = image * row + ((top + y) * width + left) * 3;
      out.set(values.subarray(from, from + wide * 3), (image * high + y) * wide * 3);
    }
  }
  return { values: out, size: [high, wide] };
}
