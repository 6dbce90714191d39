import { view } from '../heap.ts';
import * as tf from '../tf.ts';
import { type BackendName, setGradient, setKernel } from './registry.ts';

interface Inputs {
  x: tf.Tensor4D;
  mean: tf.Tensor;
  variance: tf.Tensor;
  scale?: tf.Tensor;
  offset?: tf.Tensor;
}

type Saved = readonly [x: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor, scale: tf.Tensor | undefined];

/**
 * One multiplication and one addition for every element. Stock wasm divides, in double precision; both stock kernels
 * are wrong where the parameters have more than one axis (channels first), and none without scale or offset can be
 * differentiated.
 */
export function installBatchNorm(backend: BackendName): void {
  setKernel(tf.FusedBatchNorm, backend, (inputs: Inputs, { varianceEpsilon }: tf.FusedBatchNormAttrs) => {
    // The engine records this very object on the tape, and fails on an input that is listed but undefined.
    if (!inputs.scale) delete inputs.scale;
    if (!inputs.offset) delete inputs.offset;
    const { x, mean, variance, scale, offset } = inputs;
    return tf.tidy(() => {
      const inverse = tf.rsqrt(tf.add(variance, varianceEpsilon));
      const factor = scale ? tf.mul(scale, inverse) : inverse;
      const shift = tf.mul(mean, factor);
      return tf.add(tf.mul(x, factor), offset ? tf.sub(offset, shift) : tf.neg(shift));
    });
  });
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
      const sums = mean.rank === 1 ? channelSums(dy, x, mean) : broadcastSums(dy, x, mean);
      return {
        x: () => tf.mul(dy, factor),
        mean: () => tf.neg(tf.mul(factor, sums.error())),
        variance: () => tf.mul(tf.mul(-0.5, tf.square(inverse)), tf.mul(factor, sums.product())),
        scale: () => tf.mul(inverse, sums.product()),
        offset: () => sums.error(),
      };
    },
  );
}

/** Sums over all positions that share a mean: of dy, and of dy (x - mean). Both have the shape of `mean`. */
interface Sums {
  error(): tf.Tensor;
  product(): tf.Tensor;
}

function channelSums(dy: tf.Tensor, x: tf.Tensor, mean: tf.Tensor): Sums {
  // Computed once for all that ask, and kept as numbers: the engine frees the tensors of each gradient separately.
  let sums: { error: Float64Array; product: Float64Array } | undefined;
  const sum = () => (sums ??= sumChannels(view(dy), view(x), view(mean)));
  return {
    error: () => tf.tensor1d(Float32Array.from(sum().error)),
    product: () => tf.tensor1d(Float32Array.from(sum().product)),
  };
}

function sumChannels(dy: Float32Array, x: Float32Array, mean: Float32Array) {
  const error = new Float64Array(mean.length);
  const product = new Float64Array(mean.length);
  for (let row = 0; row < dy.length; row += mean.length) {
    for (let c = 0; c < mean.length; c++) {
      error[c]! += dy[row + c]!;
      product[c]! += dy[row + c]! * (x[row + c]! - mean[c]!);
    }
  }
  return { error, product };
}

/** For means along another axis than the last, and for one mean per element (layer normalization). */
function broadcastSums(dy: tf.Tensor, x: tf.Tensor, mean: tf.Tensor): Sums {
  const axes = tf.broadcast_util.getReductionAxes(mean.shape, x.shape);
  const sum = (tensor: tf.Tensor) => tf.reshape(axes.length > 0 ? tf.sum(tensor, axes) : tensor, mean.shape);
  return { error: () => sum(dy), product: () => sum(tf.mul(dy, tf.sub(x, mean))) };
}

/**
 * Names of inputs to save for the gradient, without those that are absent in a call: the engine maps the names to
 * tensors and clones each, so that an optional input that is not given would make it fail.
 */
function presentOnly(names: string[]): string[] {
  const map = (pick: (name: string) => unknown) => names.map(pick).filter((tensor) => tensor !== undefined);
  return Object.assign([...names], { map });
}
