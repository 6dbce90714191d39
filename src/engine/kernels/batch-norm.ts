import { view } from '../heap.ts';
import * as tf from '../tf.ts';
import { setGradient, setKernel } from './registry.ts';

interface Inputs {
  x: tf.Tensor4D;
  mean: tf.Tensor;
  variance: tf.Tensor;
  scale?: tf.Tensor;
  offset?: tf.Tensor;
}

type Saved = readonly [x: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor, scale: tf.Tensor | undefined];

/** On wasm: one multiplication and one addition in place of a division in double precision for every element. */
export function installBatchNorm(): void {
  setKernel(tf.FusedBatchNorm, 'wasm', ({ x, mean, variance, scale, offset }: Inputs, attrs: tf.FusedBatchNormAttrs) =>
    tf.tidy(() => {
      const inverse = tf.rsqrt(tf.add(variance, attrs.varianceEpsilon));
      const factor = scale ? tf.mul(scale, inverse) : inverse;
      const shift = tf.mul(mean, factor);
      return tf.add(tf.mul(x, factor), offset ? tf.sub(offset, shift) : tf.neg(shift));
    }),
  );
}

/**
 * Gradient of batch normalization y = scale (x - mean) / sqrt(variance + epsilon) + offset by all five
 * (Ioffe and Szegedy 2015, arXiv:1502.03167, section 3; mean and variance are inputs here, so that their dependence on
 * x is not in it). Unlike core's it tiles nothing, sums in double precision, and allows scale to be absent.
 */
export function installBatchNormGradient(): void {
  setGradient(
    tf.FusedBatchNorm,
    presentOnly(['x', 'mean', 'variance', 'scale']),
    (dy, [x, mean, variance, scale]: Saved, { varianceEpsilon }: tf.FusedBatchNormAttrs) => {
      const inverse = tf.rsqrt(tf.add(variance, varianceEpsilon));
      const factor = scale ? tf.mul(scale, inverse) : inverse;
      const sums = once(() => (mean.rank === 1 ? channelSums(dy, x, mean) : broadcastSums(dy, x, mean)));
      return {
        x: () => tf.mul(dy, factor),
        mean: () => tf.neg(tf.mul(factor, sums().error)),
        variance: () => tf.mul(tf.mul(-0.5, tf.square(inverse)), tf.mul(factor, sums().product)),
        scale: () => tf.mul(inverse, sums().product),
        offset: () => tf.clone(sums().error),
      };
    },
  );
}

/** Sums over all positions that share a mean: of dy, and of dy (x - mean). Both have the shape of `mean`. */
interface Sums {
  readonly error: tf.Tensor;
  readonly product: tf.Tensor;
}

function channelSums(dy: tf.Tensor, x: tf.Tensor, mean: tf.Tensor): Sums {
  const [errors, values, means] = [view(dy), view(x), view(mean)];
  const channels = means.length;
  const error = new Float64Array(channels);
  const product = new Float64Array(channels);
  for (let row = 0; row < errors.length; row += channels) {
    for (let c = 0; c < channels; c++) {
      const e = errors[row + c]!;
      error[c]! += e;
      product[c]! += e * (values[row + c]! - means[c]!);
    }
  }
  return { error: tf.tensor1d(Float32Array.from(error)), product: tf.tensor1d(Float32Array.from(product)) };
}

/** For means along another axis than the last, and for one mean per element (layer normalization). */
function broadcastSums(dy: tf.Tensor, x: tf.Tensor, mean: tf.Tensor): Sums {
  const axes = tf.broadcast_util.getReductionAxes(mean.shape, x.shape);
  const sum = (tensor: tf.Tensor) => tf.reshape(axes.length > 0 ? tf.sum(tensor, axes) : tensor, mean.shape);
  return { error: sum(dy), product: sum(tf.mul(dy, tf.sub(x, mean))) };
}

function once<T>(compute: () => T): () => T {
  let result: { value: T } | undefined;
  return () => (result ??= { value: compute() }).value;
}

/**
 * Names of inputs to save for the gradient, without those that are absent in a call: the engine maps the names to
 * tensors and clones each, so that an optional input that is not given would make it fail.
 */
function presentOnly(names: string[]): string[] {
  const map = (pick: (name: string) => unknown) => names.map(pick).filter((tensor) => tensor !== undefined);
  return Object.assign([...names], { map });
}
