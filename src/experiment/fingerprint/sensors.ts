import { inScope } from '../../engine/scope.ts';
import * as tf from '../../engine/tf.ts';
import type { ChannelMoments, Sensor, Transform } from '../../stats/remembered-input.ts';
import { type Memory, passTo } from './memories.ts';
import { momentsOfPixels, type Pixels } from './pixels.ts';

/** Values of a batch that pass at once: what the first layers make of them stays small. */
const BATCH_VALUES = 2 ** 20;
/** Largest difference, relative to the largest response, up to which layers count as affine: rounding. */
const AFFINE_WITHIN = 1e-3;

/**
 * Makes each memory a sensor for these images.
 *
 * @param isAffine whether all that comes before the memories {@link respondsAffinely is affine}: then one pass for each
 * channel tells the moments under any transform; otherwise each transform takes a pass
 */
export function sensorsFor(model: tf.LayersModel, memories: readonly Memory[], pixels: Pixels, isAffine: boolean): Sensor[] {
  const respond = isAffine ? affineResponses(model, memories, pixels) : measuredResponses(model, memories, pixels);
  return memories.map(({ path, remembered }) => ({ remembered, respond: (transform) => respond(transform).get(path)! }));
}

/** Whether what reaches the memories is an affine function of the input (convolution, padding, rescaling): tried on an image. */
export function respondsAffinely(model: tf.LayersModel, memories: readonly Memory[], { values, size }: Pixels): boolean {
  const row = size[0] * size[1] * 3;
  const part = (weight: (index: number) => number) => Float32Array.from(values.subarray(0, row), (value, index) => value * weight(index));
  const responses = [() => 1, (index: number) => ((index * 7) % 11) / 10, (index: number) => 1 - ((index * 7) % 11) / 10, () => 0].map((weight) => {
    const seen = new Map<string, Float32Array>();
    inScope(() => {
      passTo(model, pathsOf(memories), tf.tensor(part(weight), [1, ...size, 3]), (path, input) => seen.set(path, input.dataSync() as Float32Array));
    });
    return seen;
  });
  return memories.every(({ path }) => {
    const [whole, one, other, none] = responses.map((seen) => seen.get(path)!);
    const largest = whole!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return whole!.every((value, index) => Math.abs(value - one![index]! - other![index]! + none![index]!) <= AFFINE_WITHIN * largest);
  });
}

type Responses = (transform: Transform) => ReadonlyMap<string, ChannelMoments>;

/** Parts of a response: what each channel's pixels add, what each channel's level adds, and what is there without input. */
const PARTS = 7;

function affineResponses(model: tf.LayersModel, memories: readonly Memory[], pixels: Pixels): Responses {
  const products = new Map(memories.map(({ path, remembered }) => [path, new Products(remembered.mean.length)]));
  const { size } = pixels;
  const centre = momentsOfPixels(pixels).mean;
  inScope(() => {
    const still = new Map(memories.map(({ path }) => [path, [] as tf.Tensor[]]));
    passParts(model, memories, [0, 1, 2, 3].map((channel) => level(channel, size)), (path, parts) => {
      const [red, green, blue, blank] = parts;
      still.set(path, [...[red!, green!, blue!].map((part) => tf.keep(tf.sub(part, blank!))), tf.keep(tf.clone(blank!))]);
    });
    for (const batch of batches(pixels)) {
      tf.tidy(() => {
        const channels = [0, 1, 2].map((channel) => only(batch, channel, centre[channel]!));
        passParts(model, memories, channels, (path, parts) => {
          const fixed = still.get(path)!;
          products.get(path)!.add([...parts.map((part) => tf.sub(part, fixed[3]!)), ...fixed]);
        });
      });
    }
    for (const parts of still.values()) tf.dispose(parts);
  });
  return ({ gains, offsets }) => {
    const weights = [...gains, ...gains.map((gain, c) => gain * centre[c]! + offsets[c]!), 1];
    return new Map([...products].map(([path, sums]) => [path, sums.moments(weights)]));
  };
}

/** Means of the parts of a response, and of the products of any two, by channel of the response. */
class Products {
  private readonly means: Float64Array[];
  private readonly squares: Float64Array[];
  private examples = 0;

  constructor(private readonly channels: number) {
    const zeros = (count: number) => Array.from({ length: count }, () => new Float64Array(channels));
    this.means = zeros(PARTS);
    this.squares = zeros(PARTS * PARTS);
  }

  /** @param parts 3 of shape [n, h, w, k], then 4 that are the same for all images */
  add(parts: readonly tf.Tensor[]): void {
    const count = parts[0]!.shape[0];
    const average = (tensor: tf.Tensor) => tf.mean(tf.reshape(tensor, [-1, this.channels]), 0).dataSync();
    const collect = (into: Float64Array, values: ArrayLike<number>) => {
      for (let k = 0; k < this.channels; k++) into[k] = (into[k]! * this.examples + values[k]! * count) / (this.examples + count);
    };
    parts.forEach((part, i) => {
      collect(this.means[i]!, average(part));
      // What the levels add is the same for all images: their products with pixels are those of the mean image.
      const typical = tf.mean(part, 0, true);
      for (let j = i; j < PARTS; j++) collect(this.squares[i * PARTS + j]!, tf.tidy(() => average(tf.mul(j < 3 ? part : typical, parts[j]!))));
    });
    this.examples += count;
  }

  moments(weights: readonly number[]): ChannelMoments {
    const mean = new Float64Array(this.channels);
    const variance = new Float64Array(this.channels);
    for (let k = 0; k < this.channels; k++) {
      for (let i = 0; i < PARTS; i++) mean[k]! += weights[i]! * this.means[i]![k]!;
      let square = 0;
      for (let i = 0; i < PARTS; i++) {
        for (let j = i; j < PARTS; j++) {
          square += (i === j ? 1 : 2) * weights[i]! * weights[j]! * (this.squares[i * PARTS + j]![k]! - this.means[i]![k]! * this.means[j]![k]!);
        }
      }
      variance[k] = Math.max(0, square);
    }
    return { mean, variance };
  }
}

function measuredResponses(model: tf.LayersModel, memories: readonly Memory[], pixels: Pixels): Responses {
  let last: { readonly key: string; readonly responses: ReadonlyMap<string, ChannelMoments> } | null = null;
  return (transform) => {
    const key = JSON.stringify(transform);
    // Several sensors ask for the same pass.
    if (last?.key !== key) last = { key, responses: measure(model, memories, pixels, transform) };
    return last.responses;
  };
}

function measure(model: tf.LayersModel, memories: readonly Memory[], pixels: Pixels, { gains, offsets }: Transform): ReadonlyMap<string, ChannelMoments> {
  const sums = new Map(memories.map(({ path, remembered }) => [path, { count: 0, mean: new Float64Array(remembered.mean.length), square: new Float64Array(remembered.mean.length) }]));
  inScope(() => {
    for (const batch of batches(pixels)) {
      tf.tidy(() => {
        const fed = tf.add(tf.mul(batch, tf.tensor1d([...gains])), tf.tensor1d([...offsets]));
        passTo(model, pathsOf(memories), fed, (path, input) => {
          const sum = sums.get(path)!;
          const rows = input.shape[0];
          const { mean, variance } = tf.moments(tf.reshape(input, [-1, sum.mean.length]), 0);
          const [means, variances] = [mean.dataSync(), variance.dataSync()];
          for (let k = 0; k < sum.mean.length; k++) {
            sum.mean[k]! += rows * means[k]!;
            sum.square[k]! += rows * (variances[k]! + means[k]! ** 2);
          }
          sum.count += rows;
        });
      });
    }
  });
  return new Map(
    [...sums].map(([path, { count, mean, square }]) => {
      const means = mean.map((value) => value / count);
      return [path, { mean: means, variance: square.map((value, k) => Math.max(0, value / count - means[k]! ** 2)) }];
    }),
  );
}

/** Passes several batches; `see` gets what each made of a layer's input, together. */
function passParts(model: tf.LayersModel, memories: readonly Memory[], inputs: readonly tf.Tensor[], see: (path: string, parts: readonly tf.Tensor[]) => void): void {
  const parts = new Map(memories.map(({ path }) => [path, [] as tf.Tensor[]]));
  // Layers free what they made when the pass ends.
  for (const input of inputs) passTo(model, pathsOf(memories), input, (path, seen) => parts.get(path)!.push(tf.keep(tf.clone(seen))));
  for (const [path, seen] of parts) {
    see(path, seen);
    tf.dispose(seen);
  }
}

/** One channel at 1, the others at 0; all at 0 for channel 3. Shape [1, height, width, 3]. */
function level(channel: number, [height, width]: Pixels['size']): tf.Tensor {
  return tf.tile(tf.tensor4d([0, 1, 2].map((c) => Number(c === channel)), [1, 1, 1, 3]), [1, height, width, 1]);
}

/** One channel of a batch about its mean, the others at 0. */
function only(batch: tf.Tensor, channel: number, centre: number): tf.Tensor {
  const mask = tf.tensor1d([0, 1, 2].map((c) => Number(c === channel)));
  return tf.mul(tf.sub(batch, centre), mask);
}

function* batches({ values, size }: Pixels): Generator<tf.Tensor> {
  const row = size[0] * size[1] * 3;
  const images = values.length / row;
  const atOnce = Math.max(1, Math.floor(BATCH_VALUES / row));
  for (let from = 0; from < images; from += atOnce) {
    const to = Math.min(images, from + atOnce);
    yield tf.tensor(values.subarray(from * row, to * row), [to - from, ...size, 3]);
  }
}

function pathsOf(memories: readonly Memory[]): string[] {
  return memories.map(({ path }) => path);
}
