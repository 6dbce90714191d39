import type { Matrix } from '../../stats/matrix.ts';
import type { Triple } from '../../stats/remembered-input.ts';
import { momentsOfPixels, type Pixels, standardizations } from './pixels.ts';

/** Mean of each channel of the images of some source, as far as it is known. */
export interface PopulationMean {
  readonly mean: Triple;
  /** Covariance of its errors. */
  readonly covariance: Matrix;
}

const CHANNELS = [0, 1, 2] as const;

/** A mean that is no estimate. */
export function known(mean: Triple): PopulationMean {
  return { mean, covariance: CHANNELS.map(() => [0, 0, 0]) };
}

/**
 * What a sample tells of its source. Pixels of one image are alike, so it is images that are drawn: the covariance of the
 * mean is that of the images' own means over their number.
 *
 * @param pixels RGB; two images at least
 */
export function sampled(pixels: Pixels): { readonly asTheyAre: PopulationMean; readonly standardized: PopulationMean } {
  const row = pixels.size[0] * pixels.size[1] * 3;
  const means = Array.from({ length: pixels.values.length / row }, (_, image) => momentsOfPixels({ ...pixels, values: pixels.values.subarray(image * row, (image + 1) * row) }).mean);
  const standardized = standardizations(pixels).map(({ scale, mean }, image) => means[image]!.map((own) => scale * (own - mean)) as unknown as Triple);
  return { asTheyAre: meanOf(means), standardized: meanOf(standardized) };
}

function meanOf(images: readonly Triple[]): PopulationMean {
  const count = images.length;
  const mean = CHANNELS.map((c) => images.reduce((sum, own) => sum + own[c], 0) / count) as unknown as Triple;
  const covariance = CHANNELS.map((a) => CHANNELS.map((b) => images.reduce((sum, own) => sum + (own[a] - mean[a]) * (own[b] - mean[b]), 0) / (count * (count - 1))));
  return { mean, covariance };
}
