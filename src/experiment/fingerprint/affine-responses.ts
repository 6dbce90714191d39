import { inScope } from '../../engine/scope.ts';
import { columnProducts, type Rows } from '../../engine/statistics.ts';
import * as tf from '../../engine/tf.ts';
import type { Response, Transform } from '../../stats/remembered-input.ts';
import { type Memory, passTo } from './memories.ts';
import { momentsOfPixels, type Pixels, type Standardization } from './pixels.ts';

/** Values of a batch that pass at once: what the first layers make of them stays small. */
const BATCH_VALUES = 2 ** 20;
const CHANNELS = 3;
/** What each channel's level adds, and what is there without input. */
const STILL = CHANNELS + 1;
/** What each channel's pixels add, and {@link STILL}. */
const PARTS = CHANNELS + STILL;

/** What reaches each memory, by path, under a transform. */
export type Responses = (transform: Transform) => ReadonlyMap<string, Response>;

/**
 * What reaches the memories, where that is an affine function of the input: then what single channels make tells the
 * moments under any transform, also after each image has been standardized.
 *
 * @param pixels in the order in which the network reads the channels
 * @returns responses to the images as they are (null), or each brought to the same mean and contrast first
 */
export function affineResponses(model: tf.LayersModel, memories: readonly Memory[], pixels: Pixels): (standardization: readonly Standardization[] | null) => Responses {
  const centre = momentsOfPixels(pixels).mean;
  const sums = new Map(memories.map(({ path, remembered: { mean } }) => [path, new PartSums(mean.length)]));
  const paths = memories.map(({ path }) => path);
  inScope(() => {
    const still = new Map<string, tf.Tensor>();
    const levels = tf.tensor4d([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0], [STILL, 1, 1, CHANNELS]);
    passTo(model, paths, tf.tile(levels, [1, ...pixels.size, 1]), (path, seen) => {
      const blank = tf.slice(seen, CHANNELS, 1);
      still.set(path, tf.keep(tf.concat([tf.sub(tf.slice(seen, 0, CHANNELS), blank), blank])));
      sums.get(path)!.addStill(still.get(path)!);
    });
    for (const batch of singleChannels(pixels, centre)) {
      tf.tidy(() => {
        passTo(model, paths, batch, (path, seen) => {
          const fixed = still.get(path)!;
          sums.get(path)!.addImages(tf.sub(seen, tf.slice(fixed, CHANNELS, 1)), fixed);
        });
      });
      batch.dispose();
    }
    tf.dispose([...still.values()]);
  });
  return (standardization) => {
    const treated = [...sums].map(([path, parts]) => [path, parts.treated(centre, standardization)] as const);
    return ({ gains, offsets }) => new Map(treated.map(([path, parts]) => [path, momentsOf(parts, [...gains, ...offsets, 1])]));
  };
}

/** Three images for each, in which one channel is what it is about its mean and the others are 0: [3 n, height, width, 3]. */
function* singleChannels({ values, size }: Pixels, centre: readonly number[]): Generator<tf.Tensor> {
  const row = size[0] * size[1] * CHANNELS;
  const images = values.length / row;
  const atOnce = Math.max(1, Math.floor(BATCH_VALUES / (CHANNELS * row)));
  for (let first = 0; first < images; first += atOnce) {
    const count = Math.min(atOnce, images - first);
    const batch = new Float32Array(count * CHANNELS * row);
    for (let image = 0; image < count; image++) {
      for (let c = 0; c < CHANNELS; c++) {
        const from = (first + image) * row;
        const to = (image * CHANNELS + c) * row;
        for (let at = c; at < row; at += CHANNELS) batch[to + at] = values[from + at]! - centre[c]!;
      }
    }
    yield tf.tensor(batch, [count * CHANNELS, ...size, CHANNELS]);
  }
}

/** Means over places, by channel of the response: of a part, and of the products of two parts. */
interface PartMeans {
  readonly means: readonly Float64Array[];
  readonly products: readonly (readonly Float64Array[])[];
}

/** Of one image: its pixels' parts alone, and with each part. */
interface ImageMeans {
  readonly means: readonly Float64Array[];
  /** [channel][part]: those of two channels, then those of a channel with what is the same for all images. */
  readonly products: readonly (readonly Float64Array[])[];
}

/** What the parts of a response are, image by image. */
class PartSums {
  private still!: PartMeans;
  private readonly images: ImageMeans[] = [];

  /** @param channels of the response */
  constructor(private readonly channels: number) {}

  /** @param still [4, height, width, channels] */
  addStill(still: tf.Tensor): void {
    const rows = range(STILL).map((example): Rows => ({ tensor: still, example }));
    const all = rows.map((a) => rows.map((b) => this.average(a, b)));
    this.still = { means: all.map(([first]) => first!.mean), products: all.map((row) => row.map(({ product }) => product)) };
  }

  /** @param parts [3 n, height, width, channels] */
  addImages(parts: tf.Tensor, still: tf.Tensor): void {
    const fixed = range(STILL).map((example): Rows => ({ tensor: still, example }));
    for (let first = 0; first < parts.shape[0]; first += CHANNELS) {
      const own = range(CHANNELS).map((c): Rows => ({ tensor: parts, example: first + c }));
      const all = own.map((a) => [...own, ...fixed].map((b) => this.average(a, b)));
      this.images.push({ means: all.map(([any]) => any!.mean), products: all.map((row) => row.map(({ product }) => product)) });
    }
  }

  /**
   * The parts of a response to images of which pixel p of channel c is scale (p - mean), as {@link Standardization} has
   * them. With P what p - centre adds and L what a level of 1 adds, that makes scale P + scale (centre - mean) L.
   */
  treated(centre: readonly number[], standardization: readonly Standardization[] | null): PartMeans {
    const { channels, still } = this;
    const zeros = () => range(PARTS).map(() => new Float64Array(channels));
    const means = zeros();
    const products = range(PARTS).map(zeros);
    const share = 1 / this.images.length;
    this.images.forEach((image, index) => {
      const { scale, mean } = standardization?.[index] ?? { scale: 1, mean: 0 };
      const levels = centre.map((value) => scale * (value - mean));
      for (let k = 0; k < channels; k++) {
        for (let c = 0; c < CHANNELS; c++) {
          means[c]![k]! += share * (scale * image.means[c]![k]! + levels[c]! * still.means[c]![k]!);
          for (let d = 0; d < CHANNELS; d++) {
            const ofPixels = scale * scale * image.products[c]![d]![k]!;
            const mixed = scale * (levels[d]! * image.products[c]![CHANNELS + d]![k]! + levels[c]! * image.products[d]![CHANNELS + c]![k]!);
            products[c]![d]![k]! += share * (ofPixels + mixed + levels[c]! * levels[d]! * still.products[c]![d]![k]!);
          }
          for (let e = 0; e < STILL; e++) {
            products[c]![CHANNELS + e]![k]! += share * (scale * image.products[c]![CHANNELS + e]![k]! + levels[c]! * still.products[c]![e]![k]!);
          }
        }
      }
    });
    for (let e = 0; e < STILL; e++) {
      means[CHANNELS + e]!.set(still.means[e]!);
      for (let c = 0; c < CHANNELS; c++) products[CHANNELS + e]![c]!.set(products[c]![CHANNELS + e]!);
      for (let f = 0; f < STILL; f++) products[CHANNELS + e]![CHANNELS + f]!.set(still.products[e]![f]!);
    }
    return { means, products };
  }

  private average(a: Rows, b: Rows): { readonly mean: Float64Array; readonly product: Float64Array } {
    const { rows, sums, products } = columnProducts(a, b);
    return { mean: sums.map((sum) => sum / rows), product: products.map((sum) => sum / rows) };
  }
}

/** Mean and variance over images and places of the sum of the parts, each with its weight. */
function momentsOf({ means, products }: PartMeans, weights: readonly number[]): Response {
  const channels = means[0]!.length;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (let k = 0; k < channels; k++) {
    let square = 0;
    for (let i = 0; i < PARTS; i++) {
      mean[k]! += weights[i]! * means[i]![k]!;
      for (let j = 0; j < PARTS; j++) square += weights[i]! * weights[j]! * products[i]![j]![k]!;
    }
    variance[k] = Math.max(0, square - mean[k]! ** 2);
  }
  return { mean, variance, active: new Float64Array(channels).fill(1) };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
