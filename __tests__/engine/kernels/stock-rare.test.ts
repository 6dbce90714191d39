import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, test } from 'vitest';

import { view } from '../../../src/engine/heap.ts';
import { locateWasm } from '../../../src/engine/locate-wasm.ts';
import * as tf from '../../../src/engine/tf.ts';

/**
 * Why each rare kernel is replaced: wasm as it comes, before anything is installed. When one of these starts to fail,
 * upstream has mended it and the replacement can go.
 */
describe('stock wasm', () => {
  beforeAll(async () => {
    setWasmPaths(locateWasm());
    await tf.setBackend('wasm');
  });

  test('dilates negative values to the smallest positive number', () => {
    const y = tf.dilation2d(tf.fill<tf.Rank.R4>([1, 2, 2, 1], -1), tf.zeros<tf.Rank.R3>([1, 1, 1]), 1, 'valid');
    expect(y.dataSync()[0]).toBeGreaterThan(0);
  });

  test('lacks sums of products by index notation', () => {
    expect(() => tf.einsum('ab,bc->ac', tf.ones([2, 2]), tf.ones([2, 2]))).toThrow(/Einsum/);
  });

  test('lays learned slopes end to end along the input, whatever their shape', () => {
    const y = tf.prelu(tf.fill([2, 2], -1), tf.tensor2d([[1], [2]])).dataSync();
    expect([...y]).not.toEqual([-1, -1, -2, -2]);
  });

  test('keeps the slopes that it saw first, where they are changed in place', () => {
    const [x, slopes] = [tf.tensor1d([-1, -1]), tf.tensor1d([1, 2])];
    const before = [...tf.prelu(x, slopes).dataSync()];
    view(slopes).set([3, 4]);
    expect([...slopes.dataSync()]).toEqual([3, 4]);
    expect([...tf.prelu(x, slopes).dataSync()]).toEqual(before);
  });

  test('forgets half-pixel centres in the gradients of resizing', () => {
    const x = tf.ones<tf.Rank.R4>([1, 1, 2, 1]);
    // Of four pixels made from two, the second is 3/4 of the first and 1/4 of the second.
    const onlySecond = tf.tensor4d([0, 1, 0, 0], [1, 1, 4, 1]);
    const between = tf.grad((image) => tf.sum(tf.mul(tf.image.resizeBilinear(image as tf.Tensor4D, [1, 4], false, true), onlySecond)))(x);
    expect([...between.dataSync()]).not.toEqual([0.75, 0.25]);
    // Of one pixel made from two, the centre lies in the second.
    const nearest = tf.grad((image) => tf.sum(tf.image.resizeNearestNeighbor(image as tf.Tensor4D, [1, 1], false, true)))(x);
    expect([...nearest.dataSync()]).not.toEqual([0, 1]);
  });

  test('takes the strides of other axes where a single element was picked along one before', () => {
    const x = tf.reshape(tf.range(0, 12), [3, 4]);
    expect([...tf.stridedSlice(x, [1, 0], [2, 4], [1, 2], 0, 0, 0, 0, 1).dataSync()]).not.toEqual([4, 6]);
  });
});
