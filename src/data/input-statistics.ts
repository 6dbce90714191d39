import type { ChannelStatistics } from '../evidence/types.ts';

const CHANNELS = 3;

/**
 * Statistics of each channel over all images: RGB, as the pixels are.
 *
 * @param images N x height x width x 3
 * @param size values of one image
 */
export function channelStatistics(images: Float32Array, size: number): ChannelStatistics[] {
  const count = images.length / size;
  const sums = new Float64Array(size);
  const squares = new Float64Array(size);
  const [min, max] = [[Infinity, Infinity, Infinity], [-Infinity, -Infinity, -Infinity]];
  for (let start = 0; start < images.length; start += size) {
    for (let at = 0; at < size; at++) {
      const value = images[start + at]!;
      const channel = at % CHANNELS;
      sums[at]! += value;
      squares[at]! += value * value;
      if (value < min[channel]!) min[channel] = value;
      if (value > max[channel]!) max[channel] = value;
    }
  }
  return Array.from({ length: CHANNELS }, (_, channel) => {
    let [sum, square, across] = [0, 0, 0];
    for (let at = channel; at < size; at += CHANNELS) {
      sum += sums[at]!;
      square += squares[at]!;
      across += Math.max(0, squares[at]! / count - (sums[at]! / count) ** 2);
    }
    const positions = size / CHANNELS;
    const n = positions * count;
    const mean = sum / n;
    return { mean, std: Math.sqrt(Math.max(0, square / n - mean * mean)), min: min[channel]!, max: max[channel]!, signal: Math.sqrt(across / positions) };
  });
}
