/** Height and width in pixels. */
export type Size = readonly [height: number, width: number];

export interface RgbImage {
  readonly height: number;
  readonly width: number;
  /** height x width x 3, values 0..255. */
  readonly pixels: Uint8Array | Float32Array;
}

/**
 * Scales an image: bilinear with a triangle filter that widens as the image shrinks (no aliasing), pixel centres at
 * half. The same weights as Pillow's `BILINEAR`, on which torchvision's training pipelines rest
 * (python-pillow, src/libImaging/Resample.c, `precompute_coeffs`); values are not rounded to bytes.
 *
 * @returns height x width x 3 values, in 0..255
 */
export function resize({ height, width, pixels }: RgbImage, [toHeight, toWidth]: Size): Float32Array {
  const narrow = new Float32Array(height * toWidth * 3);
  taps(width, toWidth).forEach(({ first, weights }, column) => {
    for (let row = 0; row < height; row++) {
      for (let channel = 0; channel < 3; channel++) {
        const from = (row * width + first) * 3 + channel;
        let sum = 0;
        for (let tap = 0; tap < weights.length; tap++) sum += weights[tap]! * pixels[from + tap * 3]!;
        narrow[(row * toWidth + column) * 3 + channel] = sum;
      }
    }
  });

  const length = toWidth * 3;
  const result = new Float32Array(toHeight * length);
  taps(height, toHeight).forEach(({ first, weights }, row) => {
    for (let position = 0; position < length; position++) {
      let sum = 0;
      for (let tap = 0; tap < weights.length; tap++) sum += weights[tap]! * narrow[(first + tap) * length + position]!;
      result[row * length + position] = sum;
    }
  });
  return result;
}

/** The pixels that one new pixel is made of, and their weights, which sum to 1. */
interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

function taps(from: number, to: number): readonly Taps[] {
  const scale = from / to;
  const radius = Math.max(scale, 1);
  return Array.from({ length: to }, (_, position) => {
    const centre = (position + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - radius + 0.5), 0);
    const end = Math.min(Math.trunc(centre + radius + 0.5), from);
    const weights = Float64Array.from({ length: end - first }, (__, tap) => Math.max(1 - Math.abs((first + tap - centre + 0.5) / radius), 0));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: weights.map((weight) => weight / total) };
  });
}
