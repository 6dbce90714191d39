import { addressOf, doublesAt, floatsAt, outputOf, simd, workspace } from '../simd/module.ts';
import * as tf from '../tf.ts';
import { type Clamped, UNCLAMPED } from './activation.ts';
import { runKernel, runKernels, setGradient, setKernel, setKernels } from './registry.ts';

interface Inputs {
  x: tf.Tensor4D;
  mean: tf.Tensor;
  variance: tf.Tensor;
  scale?: tf.Tensor;
  offset?: tf.Tensor;
}

type Saved = readonly [x: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor, scale: tf.Tensor | undefined];

const FLOAT = 4;
const DOUBLE = 8;

/** Names of the kernels behind the gradient, which TensorFlow.js composes of others. */
const SCALE_CHANNELS = 'ScaleChannels';
const CHANNEL_SUMS = 'ChannelSums';

/**
 * One subtraction, multiplication and addition for every element. Stock wasm divides, in double precision; both stock kernels
 * are wrong where the parameters have more than one axis (channels first), and none without scale or offset can be
 * differentiated.
 */
export function installBatchNorm(): void {
  setKernel(tf.FusedBatchNorm, 'wasm', (inputs: Inputs, { varianceEpsilon, clamp }: tf.FusedBatchNormAttrs & Partial<Clamped>) => {
    // The engine records this very object on the tape, and fails on an input that is listed but undefined.
    if (!inputs.scale) delete inputs.scale;
    if (!inputs.offset) delete inputs.offset;
    return inputs.mean.rank === 1 ? byChannel(inputs, varianceEpsilon, clamp) : broadcast(inputs, varianceEpsilon);
  });
  setKernel(SCALE_CHANNELS, 'wasm', scaled);
  setKernels(CHANNEL_SUMS, 'wasm', sumChannels);
}

function byChannel({ x, mean, variance, scale, offset }: Inputs, epsilon: number, { low, high } = UNCLAMPED): tf.TensorInfo {
  const channels = mean.size;
  const y = outputOf(x.shape);
  const [factor, shift] = workspace(channels * FLOAT, channels * FLOAT);
  const [variances, scales] = [valuesOf(variance, channels)!, valuesOf(scale, channels)];
  floatsAt(factor, channels).forEach((_, c, factors) => (factors[c] = (scales?.[c] ?? 1) / Math.sqrt(variances[c]! + epsilon)));
  floatsAt(shift, channels).set(valuesOf(offset, channels) ?? new Float32Array(channels));
  simd().scaleColumns(addressOf(x), x.size / channels, channels, addressOf(mean), factor, shift, low, high, addressOf(y));
  return y;
}

function valuesOf(tensor: tf.Tensor | undefined, channels: number): Float32Array | undefined {
  return tensor && floatsAt(addressOf(tensor), channels);
}

function broadcast({ x, mean, variance, scale, offset }: Inputs, epsilon: number): tf.Tensor {
  return tf.tidy(() => {
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const factor = scale ? tf.mul(scale, inverse) : inverse;
    const shift = tf.mul(mean, factor);
    return tf.add(tf.mul(x, factor), offset ? tf.sub(offset, shift) : tf.neg(shift));
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
      const byChannel = mean.rank === 1 && tf.getBackend() === 'wasm';
      const sums = byChannel ? channelSums(dy, x, mean) : broadcastSums(dy, x, mean);
      return {
        x: () => (byChannel ? runKernel(SCALE_CHANNELS, { dy, factor }, {}) : tf.mul(dy, factor)),
        mean: () => tf.neg(tf.mul(factor, sums.error())),
        variance: () => tf.mul(tf.mul(-0.5, tf.square(inverse)), tf.mul(factor, sums.product())),
        scale: () => tf.mul(inverse, sums.product()),
        offset: () => sums.error(),
      };
    },
  );
}

function scaled({ dy, factor }: Record<'dy' | 'factor', tf.Tensor>): tf.TensorInfo {
  const channels = factor.size;
  const dx = outputOf(dy.shape);
  const [zeros] = workspace(channels * FLOAT);
  simd().clear(zeros, channels * FLOAT);
  simd().scaleColumns(addressOf(dy), dy.size / channels, channels, zeros, addressOf(factor), zeros, UNCLAMPED.low, UNCLAMPED.high, addressOf(dx));
  return dx;
}

/** Sums over all positions that share a mean: of dy, and of dy (x - mean). Both have the shape of `mean`. */
interface Sums {
  error(): tf.Tensor;
  product(): tf.Tensor;
}

function channelSums(dy: tf.Tensor, x: tf.Tensor, mean: tf.Tensor): Sums {
  // Once for each that asks: the engine frees the tensors of each gradient separately.
  const sums = () => runKernels(CHANNEL_SUMS, { dy, x, mean }, {}) as [error: tf.Tensor, product: tf.Tensor];
  return { error: () => sums()[0], product: () => sums()[1] };
}

function sumChannels({ dy, x, mean }: Readonly<Record<string, tf.TensorInfo>>): tf.TensorInfo[] {
  const channels = mean!.shape[0]!;
  const outputs = [outputOf([channels]), outputOf([channels])];
  const [error, product] = workspace(channels * DOUBLE, channels * DOUBLE);
  simd().clear(error, channels * DOUBLE);
  simd().clear(product, channels * DOUBLE);
  simd().columnProducts(addressOf(dy!), addressOf(x!), tf.util.sizeFromShape(x!.shape) / channels, channels, addressOf(mean!), error, product);
  [error, product].forEach((at, index) => { floatsAt(addressOf(outputs[index]!), channels).set(doublesAt(at, channels)); });
  return outputs;
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
