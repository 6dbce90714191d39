import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, test } from 'vitest';

import { locateWasm } from '../../src/engine/locate-wasm.ts';
import * as tf from '../../src/engine/tf.ts';

/**
 * Why each kernel is replaced: TensorFlow.js as it comes, before anything is installed (this file has a process of its
 * own). When one of these starts to fail, upstream has mended it and the replacement can go.
 */
describe.each(['wasm', 'cpu'] as const)('stock %s', (backend) => {
  beforeAll(async () => {
    setWasmPaths(locateWasm());
    await tf.setBackend(backend);
  });

  test('divides by the whole window at the borders in the gradient of average pooling', () => {
    const dx = gradientOf((x) => tf.avgPool(x as tf.Tensor4D, 3, 2, 'same'), [1, 5, 5, 1]);
    // Every window passes on what it gets: 9 windows, sum 9.
    expect(sum(dx)).not.toBeCloseTo(9, 3);
  });

  test('has no gradient for dilated convolutions', () => {
    const filter = tf.ones<tf.Rank.R4>([2, 2, 1, 1]);
    expect(() => gradientOf((x) => tf.conv2d(x as tf.Tensor4D, filter, 1, 'same', 'NHWC', 2), [1, 4, 4, 1])).toThrow(/dilation/);
    expect(() => gradientOf((x) => tf.depthwiseConv2d(x as tf.Tensor4D, filter, 1, 'same', 'NHWC', 2), [1, 4, 4, 1])).toThrow(/dilation/);
  });

  test('normalizes wrongly with channels first', () => {
    const parameter = (...values: number[]) => tf.tensor(values, [1, 2, 1]) as unknown as tf.Tensor1D;
    const y = tf.batchNorm(tf.ones([1, 2, 2]), parameter(0, 1), parameter(1, 1), undefined, undefined, 0);
    expect([...y.dataSync()]).not.toEqual([1, 1, 0, 0]);
  });

  test('has no gradient for batch normalization without scale', () => {
    const [mean, variance] = [tf.zeros<tf.Rank.R1>([2]), tf.ones<tf.Rank.R1>([2])];
    expect(() => gradientOf((x) => tf.batchNorm(x, mean, variance), [3, 2])).toThrow();
  });
});

describe('stock wasm', () => {
  beforeAll(async () => {
    await tf.setBackend('wasm');
  });

  test.each([
    ['Conv2DBackpropFilter', (filter: tf.Tensor) => tf.conv2d(tf.ones<tf.Rank.R4>([1, 3, 3, 1]), filter as tf.Tensor4D, 1, 'same'), [2, 2, 1, 1]],
    ['DepthwiseConv2dNativeBackpropFilter', (filter: tf.Tensor) => tf.depthwiseConv2d(tf.ones<tf.Rank.R4>([1, 3, 3, 1]), filter as tf.Tensor4D, 1, 'same'), [2, 2, 1, 1]],
    ['DepthwiseConv2dNativeBackpropInput', (x: tf.Tensor) => tf.depthwiseConv2d(x as tf.Tensor4D, tf.ones<tf.Rank.R4>([2, 2, 1, 1]), 1, 'same'), [1, 3, 3, 1]],
    ['UnsortedSegmentSum', (x: tf.Tensor) => tf.gather(x, tf.tensor1d([0], 'int32')), [2, 2]],
  ])('lacks %s', (kernel, f, shape) => {
    expect(() => gradientOf(f, shape)).toThrow(kernel);
  });

  test('loses the gradient of max pooling where no value is positive', () => {
    const dx = gradientOf((x) => tf.maxPool(tf.sub<tf.Tensor4D>(x, 9), 2, 2, 'valid'), [1, 4, 4, 1]);
    // 4 windows, sum 4.
    expect(sum(dx)).toBeLessThan(4);
  });

  test('adds a fused bias once for every 48 elements of a batched or transposed product', () => {
    const product = (transposeB: boolean) =>
      tf.fused.matMul({ a: tf.fill([2, 100], 0.01), b: tf.ones(transposeB ? [4, 100] : [100, 4]), bias: tf.ones([4]), transposeB });
    expect(product(false).dataSync()[0]).toBeCloseTo(2, 4);
    expect(product(true).dataSync()[0]).toBeCloseTo(4, 4);
  });

  test('convolves to zeros with `same` padding where the stride leaves a row over', () => {
    const x = tf.ones<tf.Rank.R4>([1, 6, 6, 1]);
    const filter = tf.ones<tf.Rank.R4>([2, 2, 1, 1]);
    expect(sum(tf.conv2d(x, filter, 3, 'same').dataSync())).toBe(0);
    expect(sum(tf.depthwiseConv2d(x, filter, 3, 'same').dataSync())).toBe(0);
  });

  test('copies memory for every clone', () => {
    const x = tf.ones([2]);
    const backend = tf.engine().backend as unknown as { getMemoryOffset(id: object): number };
    expect(backend.getMemoryOffset(x.clone().dataId)).not.toBe(backend.getMemoryOffset(x.dataId));
  });
});

/** Gradient of sum(f(x)) at x = 1, 2, 3, ... in steps of 1/8. */
function gradientOf(f: (x: tf.Tensor) => tf.Tensor, shape: number[]): Float32Array {
  return tf.tidy(() => {
    const x = tf.reshape(tf.mul(tf.range(1, tf.util.sizeFromShape(shape) + 1), 1 / 8), shape);
    return tf.grad((values) => tf.sum(f(values)))(x).dataSync<'float32'>();
  });
}

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((total, value) => total + value, 0);
}
