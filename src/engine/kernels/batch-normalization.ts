import { addressOf, type Address, doublesAt, floatsAt, outputOf, simd, workspace } from '../simd/module.ts';
import type * as tf from '../tf.ts';
import { type Clamp, UNCLAMPED } from './activation.ts';
import { setKernel, setKernels } from './registry.ts';

/** Names of the kernels, which TensorFlow.js composes of others. The last one has a gradient under its name with `Grad`. */
export const BATCH_STATISTICS = 'BatchStatistics';
export const BATCH_NORMALIZATION = 'BatchNormalization';

export interface NormalizationAttrs {
  readonly epsilon: number;
  /** Of y, where a rectifier clamps it in the same pass. In the gradient, dy is that by the clamped y then, and `beta` among the inputs. */
  readonly clamp?: Clamp;
}

const FLOAT = 4;
const DOUBLE = 8;

/**
 * Batch normalization by the statistics of the batch. Of x [..., channels]: mean and variance [channels]; y, by them,
 * gamma and beta [channels], which may be absent; and the gradients of y by x, gamma and beta.
 */
export function installBatchNormalization(): void {
  setKernels(BATCH_STATISTICS, 'wasm', ({ x }) => statisticsOf(x!));
  setKernel(BATCH_NORMALIZATION, 'wasm', normalized);
  setKernels(`${BATCH_NORMALIZATION}Grad`, 'wasm', (inputs, attrs) => backward(inputs, attrs as NormalizationAttrs));
}

type Inputs = Readonly<Record<string, tf.TensorInfo>>;

function statisticsOf(x: tf.TensorInfo): tf.TensorInfo[] {
  const [rows, channels] = rowsOf(x);
  const outputs = [outputOf([channels]), outputOf([channels])];
  const [sums, squares] = workspace(channels * DOUBLE, channels * DOUBLE);
  // Not before: memory that grows detaches every view.
  const [mean, variance] = outputs.map((output) => valuesOf(output, channels)) as [Float32Array, Float32Array];
  simd().clear(sums, channels * DOUBLE);
  simd().clear(squares, channels * DOUBLE);
  // About the first row: it belongs to the batch, so that the squares cancel little.
  simd().columnMoments(addressOf(x), rows, channels, addressOf(x), sums, squares);
  const [shift, sum, square] = [floatsAt(addressOf(x), channels), doublesAt(sums, channels), doublesAt(squares, channels)];
  for (let c = 0; c < channels; c++) {
    mean[c] = shift[c]! + sum[c]! / rows;
    variance[c] = Math.max(0, square[c]! / rows - (sum[c]! / rows) ** 2);
  }
  return outputs;
}

function normalized({ x, mean, variance, gamma, beta }: Inputs, { epsilon, clamp: { low, high } = UNCLAMPED }: NormalizationAttrs): tf.TensorInfo {
  const [rows, channels] = rowsOf(x!);
  const y = outputOf(x!.shape);
  const [factor, shift] = workspace(channels * FLOAT, channels * FLOAT);
  write(factor, factorsOf(variance!, gamma, channels, epsilon));
  write(shift, betaOf(beta, channels));
  simd().scaleColumns(addressOf(x!), rows, channels, addressOf(mean!), factor, shift, low, high, addressOf(y));
  return y;
}

/** With S = sum of dy and P = sum of dy (x - mean), over the rows: dx = factor (dy - S / rows - (x - mean) inverse^2 P / rows). */
function backward({ dy, x, mean, variance, gamma, beta }: Inputs, { epsilon, clamp }: NormalizationAttrs): tf.TensorInfo[] {
  const [rows, channels] = rowsOf(x!);
  const [dx, dgamma, dbeta] = [outputOf(x!.shape), outputOf([channels]), outputOf([channels])];
  const [sums, products, factor, slope, shift, offset] = workspace(channels * DOUBLE, channels * DOUBLE, channels * FLOAT, channels * FLOAT, channels * FLOAT, channels * FLOAT);
  simd().clear(sums, channels * DOUBLE);
  simd().clear(products, channels * DOUBLE);
  const inverse = factorsOf(variance!, undefined, channels, epsilon);
  const factors = factorsOf(variance!, gamma, channels, epsilon);
  write(factor, factors);
  write(offset, betaOf(beta, channels));
  const gate = clamp ? ([offset, clamp.low, clamp.high] as const) : ([] as const);
  simd().columnProducts(addressOf(dy!), addressOf(x!), rows, channels, addressOf(mean!), sums, products, ...(clamp ? [factor, ...gate] : []));
  const [sum, product] = [doublesAt(sums, channels), doublesAt(products, channels)];
  write(slope, factors.map((value, c) => (-value * inverse[c]! ** 2 * product[c]!) / rows));
  write(shift, factors.map((value, c) => (-value * sum[c]!) / rows));
  valuesOf(dgamma, channels).set(inverse.map((value, c) => product[c]! * value));
  valuesOf(dbeta, channels).set(sum);
  simd().combineColumns(addressOf(dy!), addressOf(x!), rows, channels, addressOf(mean!), factor, slope, shift, addressOf(dx), ...gate);
  return [dx, dgamma, dbeta];
}

/** gamma / sqrt(variance + epsilon); without gamma, for ones. */
function factorsOf(variance: tf.TensorInfo, gamma: tf.TensorInfo | undefined, channels: number, epsilon: number): Float64Array {
  const [variances, scales] = [valuesOf(variance, channels), gamma && valuesOf(gamma, channels)];
  const factors = new Float64Array(channels);
  for (let c = 0; c < channels; c++) factors[c] = (scales ? scales[c]! : 1) / Math.sqrt(variances[c]! + epsilon);
  return factors;
}

function betaOf(beta: tf.TensorInfo | undefined, channels: number): Float32Array {
  return beta ? valuesOf(beta, channels) : new Float32Array(channels);
}

function rowsOf({ shape }: tf.TensorInfo): [rows: number, channels: number] {
  return [shape.slice(0, -1).reduce((product, side) => product * side, 1), shape.at(-1)!];
}

function valuesOf(tensor: tf.TensorInfo, channels: number): Float32Array {
  return floatsAt(addressOf(tensor), channels);
}

function write(at: Address, values: Float32Array | Float64Array): void {
  floatsAt(at, values.length).set(values);
}
