/** Height and width in pixels. */
export type Size = readonly [height: number, width: number];

export interface RgbImage {
  readonly height: number;
  readonly width: number;
  /** height x width x 3, values 0..255. */
  readonly pixels: Uint8Array | Float32Array;
}

/**
 * Makes a scaler to one size: bilinear with a triangle filter that widens as the image shrinks (no aliasing), pixel
 * centres at half. The same weights as Pillow's `BILINEAR`, on which torchvision's training pipelines rest
 * (python-pillow, src/libImaging/Resample.c, `precompute_coeffs`); values are not rounded to bytes.
 *
 * @returns from an image to height x width x 3 values, in 0..255
 */
export function scalerTo([height, width]: Size): (image: RgbImage) => Float32Array {
  const columnsFrom = remembered((from) => taps(from, width));
  const rowsFrom = remembered((from) => taps(from, height));
  return (image) => scaleRows(scaleColumns(image, columnsFrom(image.width)), width * 3, rowsFrom(image.height));
}

/** The pixels that one new pixel is made of, and their weights, which sum to 1. */
interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

function scaleColumns({ height, width, pixels }: RgbImage, columns: readonly Taps[]): Float32Array {
  const result = new Float32Array(height * columns.length * 3);
  let to = 0;
  for (let row = 0; row < height; row++) {
    for (const { first, weights } of columns) {
      const from = (row * width + first) * 3;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let tap = 0; tap < weights.length; tap++) {
        const weight = weights[tap]!;
        const at = from + tap * 3;
        red += weight * pixels[at]!;
        green += weight * pixels[at + 1]!;
        blue += weight * pixels[at + 2]!;
      }
      result[to++] = red;
      result[to++] = green;
      result[to++] = blue;
    }
  }
  return result;
}

/** @param length values in a row */
function scaleRows(values: Float32Array, length: number, rows: readonly Taps[]): Float32Array {
  const result = new Float32Array(rows.length * length);
  let to = 0;
  for (const { first, weights } of rows) {
    for (let position = 0; position < length; position++) {
      let sum = 0;
      for (let tap = 0; tap < weights.length; tap++) sum += weights[tap]! * values[(first + tap) * length + position]!;
      result[to++] = sum;
    }
  }
  return result;
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

/** Images of a data set mostly have one size. */
function remembered<Value>(make: (from: number) => Value): (from: number) => Value {
  const made = new Map<number, Value>();
  return (from) => {
    const value = made.get(from) ?? make(from);
    made.set(from, value);
    return value;
  };
}
