import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, test } from 'vitest';

import { locateWasm } from '../../../src/engine/locate-wasm.ts';
import * as tf from '../../../src/engine/tf.ts';

/**
 * Why gradients are replaced: core as it comes, before anything is installed. When one of these starts to fail,
 * upstream has mended it and the replacement can go.
 */
describe('stock core', () => {
  beforeAll(async () => {
    setWasmPaths(locateWasm());
    await tf.setBackend('wasm');
  });

  const gradientOf = (f: (x: tf.Tensor) => tf.Tensor, shape: number[]) => tf.grad((x) => tf.sum(f(x)))(tf.ones(shape));

  test.each([
    ['Greater', (x: tf.Tensor) => tf.mul(x, tf.cast(tf.greater(x, 0), 'float32')), [2]],
    ['Less', (x: tf.Tensor) => tf.where(tf.less(x, 0), x, tf.square(x)), [2]],
    ['NotEqual', (x: tf.Tensor) => tf.mul(x, tf.cast(tf.notEqual(x, 0), 'float32')), [2]],
    ['Any', (x: tf.Tensor) => tf.mul(x, tf.cast(tf.any(tf.greaterEqual(x, 0)), 'float32')), [2]],
    ['All', (x: tf.Tensor) => tf.mul(x, tf.cast(tf.all(tf.greaterEqual(x, 0)), 'float32')), [2]],
    ['LogicalAnd', (x: tf.Tensor) => tf.mul(x, tf.cast(tf.logicalAnd(tf.greaterEqual(x, 0), tf.greaterEqual(x, 1)), 'float32')), [2]],
    ['StridedSlice', (x: tf.Tensor) => tf.stridedSlice(x, [0], [3], [2]), [3]],
    ['GatherNd', (x: tf.Tensor) => tf.gatherND(x, tf.tensor2d([[0]], [1, 1], 'int32')), [3]],
    ['ScatterNd', (x: tf.Tensor) => tf.scatterND(tf.tensor2d([[0], [2]], [2, 1], 'int32'), x, [3]), [2]],
    ['TensorScatterUpdate', (x: tf.Tensor) => tf.tensorScatterUpdate(x, tf.tensor2d([[0]], [1, 1], 'int32'), tf.ones([1])), [3]],
    ['DepthToSpace', (x: tf.Tensor) => tf.depthToSpace(x as tf.Tensor4D, 2, 'NHWC'), [1, 1, 1, 4]],
    ['Cumprod', (x: tf.Tensor) => tf.cumprod(x), [3]],
  ])('has no gradient of %s', (kernel, f, shape) => {
    expect(() => gradientOf(f, shape)).toThrow(kernel);
  });

  test.each([
    ['maximum', (x: tf.Tensor) => tf.maximum(x, tf.zeros([3, 2]))],
    ['minimum', (x: tf.Tensor) => tf.minimum(x, tf.zeros([3, 2]))],
    ['squared difference', (x: tf.Tensor) => tf.squaredDifference(x, tf.zeros([3, 2]))],
    ['matrix product', (x: tf.Tensor) => tf.matMul(x, tf.ones([3, 2, 2]))],
  ])('leaves the gradient of a broadcast %s in the shape of the result', (_, f) => {
    expect(() => gradientOf(f, [1, 2])).toThrow(/shape/);
  });

  test('transposes the gradient of a sum along another axis than the last', () => {
    expect(() => gradientOf((x) => tf.cumsum(x, 0), [2, 3])).toThrow(/shape/);
  });

  test('loses the errors of mirrored elements', () => {
    expect([...gradientOf((x) => tf.mirrorPad(x, [[1, 1]], 'symmetric'), [2]).dataSync()]).not.toEqual([2, 2]);
  });

  test('has no gradient of tiling five axes', () => {
    expect(() => gradientOf((x) => tf.tile(x, [1, 1, 1, 1, 2]), [1, 1, 1, 1, 1])).toThrow(/rank-5/);
  });

  test('picks rows of each sample wrongly on wasm', () => {
    const x = tf.reshape(tf.range(0, 8), [2, 4]);
    expect([...tf.gather(x, tf.tensor2d([[0], [3]], [2, 1], 'int32'), 1, 1).dataSync()]).not.toEqual([0, 7]);
  });

  test('gives each of equal extremes the whole error', () => {
    expect([...gradientOf((x) => tf.max(x), [2]).dataSync()]).toEqual([1, 1]);
    expect([...gradientOf((x) => tf.min(x), [2]).dataSync()]).toEqual([1, 1]);
  });

  test('has a slope of -1 at 0 for the absolute value', () => {
    expect(tf.grad((x) => tf.abs(x))(tf.tensor1d([0])).dataSync()[0]).toBe(-1);
  });

  test('has no gradient of a sum of products by index notation, nor of picked rows with two axes of samples', async () => {
    await tf.setBackend('cpu');
    const picked = (x: tf.Tensor) => tf.gather(x, tf.tensor3d([0, 1, 1, 1], [1, 2, 2], 'int32'), 2, 2);
    expect(() => gradientOf(picked, [1, 2, 3])).toThrow(/Size/);
    expect(() => gradientOf((x) => tf.einsum('ab,bc->ac', x, tf.ones([2, 2])), [2, 2])).toThrow(/Einsum/);
    await tf.setBackend('wasm');
  });
});
