import { addressOf, doublesAt, floatsAt, outputOf, simd, workspace } from '../simd/module.ts';
import * as tf from '../tf.ts';
import { setKernel, stockKernel } from './registry.ts';

const DOUBLE = 8;

/**
 * Sums over all axes but the last ones, in double precision and in one pass: gradients of biases, and of whatever was
 * broadcast. Stock wasm transposes the whole tensor first, and sums in float32.
 */
export function installSum(): void {
  const stock = stockKernel<{ x: tf.Tensor }, tf.SumAttrs>(tf.Sum, 'wasm');
  setKernel(tf.Sum, 'wasm', ({ x }: { x: tf.Tensor }, attrs: tf.SumAttrs) => {
    const axes = tf.util.parseAxisParam(attrs.axis, x.shape);
    const leading = axes.every((axis, i) => axis === i) && axes.length < x.rank;
    if (!leading || x.dtype !== 'float32' || axes.length === 0) return stock({ x }, attrs);
    const rest = x.shape.slice(axes.length);
    const sums = outputOf(attrs.keepDims ? [...axes.map(() => 1), ...rest] : rest);
    sumRows(x, tf.util.sizeFromShape(rest), sums);
    return sums;
  });
}

/**
 * Means over the places of each example, whose channels stay: global average pooling. Stock wasm transposes first here,
 * too.
 */
export function installMean(): void {
  const stock = stockKernel<{ x: tf.Tensor }, tf.MeanAttrs>(tf.Mean, 'wasm');
  setKernel(tf.Mean, 'wasm', ({ x }: { x: tf.Tensor }, attrs: tf.MeanAttrs) => {
    const axes = tf.util.parseAxisParam(attrs.axis, x.shape);
    const overPlaces = axes.length === x.rank - 2 && axes.every((axis, i) => axis === i + 1) && axes.length > 0;
    if (!overPlaces || x.dtype !== 'float32') return stock({ x }, attrs);
    const [examples, channels] = [x.shape[0], x.shape.at(-1)!];
    const means = outputOf(attrs.keepDims ? [examples, ...axes.map(() => 1), channels] : [examples, channels]);
    const [sums] = workspace(channels * DOUBLE);
    simd().placeMeans(addressOf(x), examples, x.size / (examples * channels), channels, sums, addressOf(means));
    return means;
  });
}

/** Sums x, as rows of `columns` values, into `sums`. */
function sumRows(x: tf.Tensor, columns: number, sums: tf.TensorInfo): void {
  const [doubles] = workspace(columns * DOUBLE);
  simd().clear(doubles, columns * DOUBLE);
  simd().columnSums(addressOf(x), x.size / columns, columns, doubles);
  floatsAt(addressOf(sums), columns).set(doublesAt(doubles, columns));
}
