/** Mean and standard deviation of pixels, per channel in RGB, units of 0..255. */
export interface PixelStatistics {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/**
 * Of all pixels of the images together, in double precision about the middle of the range.
 *
 * @param values N x height x width x 3, values 0..255
 */
export function pixelStatistics(values: Float32Array): PixelStatistics {
  const middle = 127.5;
  const sums = [0, 0, 0];
  const squares = [0, 0, 0];
  values.forEach((value, index) => {
    sums[index % 3]! += value - middle;
    squares[index % 3]! += (value - middle) ** 2;
  });
  const pixels = values.length / 3;
  const of = (channel: 0 | 1 | 2) => {
    const mean = sums[channel]! / pixels;
    return { mean: middle + mean, std: Math.sqrt(Math.max(0, squares[channel]! / pixels - mean ** 2)) };
  };
  const [red, green, blue] = [of(0), of(1), of(2)];
  return { mean: [red.mean, green.mean, blue.mean], std: [red.std, green.std, blue.std] };
}
