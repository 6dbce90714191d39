import { addressOf, type Address, doublesAt, floatsAt, outputOf, simd, workspace } from './simd/module.ts';
import * as tf from './tf.ts';

const FLOAT = 4;
const DOUBLE = 8;

export interface NormalizedBatch {
  readonly y: tf.Tensor;
  /** Of each channel; variances are of the population. */
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
}

interface Statistics {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  /** 1 / sqrt(variance + epsilon). */
  readonly inverse: Float64Array;
}

/**
 * Batch normalization in training, y = gamma (x - mean) / sqrt(variance + epsilon) + beta, by the mean and the variance
 * of each channel in this very batch, and its gradient by x, gamma and beta (Ioffe and Szegedy 2015, arXiv:1502.03167,
 * algorithm 1 and section 3). Two passes over the values forward and two back; sums are in double precision.
 *
 * @param x [..., channels]
 * @param gamma, beta [channels]; null stands for ones and zeros
 */
export function normalizeBatch(x: tf.Tensor, gamma: tf.Tensor | null, beta: tf.Tensor | null, epsilon: number): NormalizedBatch {
  const statistics = statisticsOf(x, epsilon);
  const inputs = [x, gamma, beta].filter((tensor) => tensor !== null);
  const y = tf.customGrad((...args) => {
    const save = args.pop() as unknown as (tensors: tf.Tensor[]) => void;
    save([x, ...(gamma ? [gamma] : [])]);
    return {
      value: normalized(x, gamma, beta, statistics),
      gradFunc: (dy: tf.Tensor, [savedX, savedGamma]: tf.Tensor[]) => {
        const gradients = backward(dy, savedX!, savedGamma ?? null, statistics);
        return [gradients.x, ...(gamma ? [gradients.gamma] : []), ...(beta ? [gradients.beta] : [])];
      },
    };
  })(...inputs);
  return { y, mean: tf.tensor1d(statistics.mean), variance: tf.tensor1d(statistics.variance) };
}

function statisticsOf(x: tf.Tensor, epsilon: number): Statistics {
  const channels = x.shape.at(-1)!;
  const rows = x.size / channels;
  const [sums, squares] = workspace(channels * DOUBLE, channels * DOUBLE);
  simd().clear(sums, channels * DOUBLE);
  simd().clear(squares, channels * DOUBLE);
  // About the first row: it belongs to the batch, so that the squares cancel little.
  simd().columnMoments(addressOf(x), rows, channels, addressOf(x), sums, squares);
  const [shift, sum, square] = [floatsAt(addressOf(x), channels), doublesAt(sums, channels), doublesAt(squares, channels)];
  const mean = Float32Array.from(sum, (total, c) => shift[c]! + total / rows);
  const variance = Float32Array.from(square, (total, c) => Math.max(0, total / rows - (sum[c]! / rows) ** 2));
  return { mean, variance, inverse: Float64Array.from(variance, (value) => 1 / Math.sqrt(value + epsilon)) };
}

function normalized(x: tf.Tensor, gamma: tf.Tensor | null, beta: tf.Tensor | null, { mean, inverse }: Statistics): tf.Tensor {
  const channels = mean.length;
  const y = outputOf(x.shape);
  const [center, factor, shift] = workspace(channels * FLOAT, channels * FLOAT, channels * FLOAT);
  write(center, mean);
  write(factor, gamma ? inverse.map((value, c) => value * valuesOf(gamma)[c]!) : inverse);
  write(shift, beta ? valuesOf(beta) : new Float32Array(channels));
  simd().scaleColumns(addressOf(x), x.size / channels, channels, center, factor, shift, addressOf(y));
  return tf.engine().makeTensorFromTensorInfo(y);
}

/** With S = sum of dy and P = sum of dy (x - mean), over the rows: dx = factor (dy - S / rows - (x - mean) inverse^2 P / rows). */
function backward(dy: tf.Tensor, x: tf.Tensor, gamma: tf.Tensor | null, { mean, inverse }: Statistics): Record<'x' | 'gamma' | 'beta', tf.Tensor> {
  const channels = mean.length;
  const rows = x.size / channels;
  const dx = outputOf(x.shape);
  const [sums, products, center, factor, slope, shift] = workspace(channels * DOUBLE, channels * DOUBLE, channels * FLOAT, channels * FLOAT, channels * FLOAT, channels * FLOAT);
  simd().clear(sums, channels * DOUBLE);
  simd().clear(products, channels * DOUBLE);
  write(center, mean);
  simd().columnProducts(addressOf(dy), addressOf(x), rows, channels, center, sums, products);
  const [sum, product] = [doublesAt(sums, channels).slice(), doublesAt(products, channels).slice()];
  const factors = gamma ? inverse.map((value, c) => value * valuesOf(gamma)[c]!) : inverse;
  write(factor, factors);
  write(slope, factors.map((value, c) => (-value * inverse[c]! ** 2 * product[c]!) / rows));
  write(shift, factors.map((value, c) => (-value * sum[c]!) / rows));
  simd().combineColumns(addressOf(dy), addressOf(x), rows, channels, center, factor, slope, shift, addressOf(dx));
  return {
    x: tf.engine().makeTensorFromTensorInfo(dx),
    gamma: tf.tensor1d(Float32Array.from(product, (value, c) => value * inverse[c]!)),
    beta: tf.tensor1d(Float32Array.from(sum)),
  };
}

function valuesOf(tensor: tf.Tensor): Float32Array {
  return floatsAt(addressOf(tensor), tensor.size);
}

function write(at: Address, values: Float32Array | Float64Array): void {
  floatsAt(at, values.length).set(values);
}
