import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, test } from 'vitest';

import { locateWasm } from '../../../src/engine/locate-wasm.ts';
import * as tf from '../../../src/engine/tf.ts';
import { fromRegistry } from './layer-case.ts';

/**
 * Why layers are mended: tfjs-layers as it comes, before anything is installed. When one of these starts to fail,
 * upstream has mended it and the replacement can go.
 */
describe('stock tfjs-layers', () => {
  beforeAll(async () => {
    setWasmPaths(locateWasm());
    await tf.setBackend('wasm');
  });

  const values = (layer: tf.layers.Layer, x: tf.Tensor | tf.Tensor[], training = false) => [...(layer.apply(x, { training }) as tf.Tensor).dataSync()];

  test('refuses a GRU that resets after the product', () => {
    expect(() => fromRegistry('GRU', { units: 2, resetAfter: true })).toThrow(/reset_after/);
  });

  test('ignores slope and threshold of ReLU', () => {
    expect(values(fromRegistry('ReLU', { negativeSlope: 0.5, threshold: 1 }), tf.tensor1d([-1, 0.5]))).not.toEqual([-1, -0.25]);
  });

  test('takes no alpha of ELU', () => {
    expect(() => fromRegistry('ELU', { alpha: 0.5 })).toThrow(/alpha/);
  });

  test('drops the axes that global pooling should keep', () => {
    expect((fromRegistry('GlobalAveragePooling2D', { keepdims: true }).apply(tf.ones([1, 2, 2, 3])) as tf.Tensor).shape).toEqual([1, 3]);
  });

  test('fails on Softmax along another axis than the last', () => {
    expect(() => tf.layers.softmax({ axis: 1 }).call(tf.ones([1, 2, 2]), {})).toThrow(/non-last/);
  });

  test('concatenates on the last axis for each that is counted from the end', () => {
    expect((tf.layers.concatenate({ axis: -2 }).apply([tf.ones([1, 1, 2]), tf.zeros([1, 1, 2])]) as tf.Tensor).shape).toEqual([1, 1, 4]);
  });

  test('moves units that AlphaDropout drops above the mean', () => {
    const y = values(tf.layers.alphaDropout({ rate: 0.5 }), tf.zeros([100]), true);
    // Kept units are moved by a positive number; dropped ones must lie below.
    expect(Math.min(...y)).toBeGreaterThan(0);
  });

  test('hands a mask to every layer that is called later, whatever it reads', () => {
    const [a, b] = [tf.input({ shape: [3, 1] }), tf.input({ shape: [3, 1] })];
    const last = (x: tf.SymbolicTensor) => tf.layers.simpleRNN({ units: 1, activation: 'linear', kernelInitializer: 'ones', recurrentInitializer: 'zeros' }).apply(x) as tf.SymbolicTensor;
    const outputs = [last(tf.layers.masking().apply(a) as tf.SymbolicTensor), last(b)];
    const x = tf.tensor3d([1, 2, 0], [1, 3, 1]);
    const plain = tf.tensor3d([4, 5, 6], [1, 3, 1]);
    const [, second] = tf.model({ inputs: [a, b], outputs }).predict([x, plain]) as [tf.Tensor, tf.Tensor];
    expect(second.dataSync()[0]).not.toBe(6);
  });

  test('knows no mask in the average over steps, and leaves one out in sums', () => {
    const mask = tf.tensor2d([[1, 0]], [1, 2], 'bool');
    expect([...(tf.layers.globalAveragePooling1d().apply(tf.tensor3d([1, 2], [1, 2, 1]), { mask }) as tf.Tensor).dataSync()]).toEqual([1.5]);
    const both = tf.layers.add().computeMask([tf.ones([1, 2, 3]), tf.ones([1, 2, 3])], [tf.onesLike(mask), mask]);
    expect([both.shape, [...both.dataSync()]]).not.toEqual([[1, 2], [1, 0]]);
  });

  test('interpolates between points instead of squares', () => {
    const x = tf.tensor4d([0, 4, 8, 12], [1, 1, 4, 1]);
    expect(values(tf.layers.upSampling2d({ size: [1, 2], interpolation: 'bilinear' }), x)).not.toEqual([0, 1, 3, 5, 7, 9, 11, 12]);
    const resizing = tf.layers.resizing({ height: 1, width: 2 });
    expect([...(resizing.call(x, {}) as tf.Tensor).dataSync()]).not.toEqual([2, 10]);
    expect(resizing.computeOutputShape([null, 1, 4, 1])).not.toEqual([null, 1, 2, 1]);
  });

  test('crops one column off on the wrong side', () => {
    expect([...(tf.layers.centerCrop({ height: 1, width: 3 }).call(tf.tensor4d([1, 2, 3, 4], [1, 1, 4, 1]), {}) as tf.Tensor).dataSync()]).not.toEqual([1, 2, 3]);
  });

  test('draws a width in inference, too', () => {
    const x = tf.ones<tf.Rank.R4>([1, 1, 10, 1]);
    expect((tf.layers.randomWidth({ factor: [0.5, 0.5] }).call(x, { training: false }) as tf.Tensor).shape[2]).toBe(15);
  });

  test('writes into the shapes of its inputs', () => {
    const input = tf.input({ shape: [3] });
    tf.layers.categoryEncoding({ numTokens: 5, outputMode: 'count' }).apply(input);
    expect(input.shape).toEqual([null, 5]);
  });

  test('leaves open what follows from the other sides of Reshape', () => {
    expect(tf.layers.reshape({ targetShape: [-1, 4] }).computeOutputShape([null, 2, 6])).toEqual([null, null, 4]);
  });

  test('knows no causal convolution', () => {
    expect(() => values(tf.layers.conv1d({ filters: 1, kernelSize: 2, padding: 'causal' }), tf.ones([1, 3, 1]))).toThrow(/CAUSAL/);
  });

  test('puts channels last in Conv1D, and biases along rows in SeparableConv2D, with channels first', () => {
    const conv = tf.layers.conv1d({ filters: 2, kernelSize: 2, dataFormat: 'channelsFirst' });
    expect((conv.apply(tf.ones([1, 3, 5])) as tf.Tensor).shape).not.toEqual([1, 2, 4]);
    const separable = tf.layers.separableConv2d({ filters: 2, kernelSize: 1, dataFormat: 'channelsFirst', depthwiseInitializer: 'zeros' });
    separable.build([1, 2, 2, 2]);
    separable.setWeights([tf.zeros([1, 1, 2, 1]), tf.zeros([1, 1, 2, 2]), tf.tensor1d([1, 2])]);
    expect(values(separable, tf.ones([1, 2, 2, 2]))).not.toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
  });

  test('draws the pointwise kernel of SeparableConv2D from the initializer of the depthwise one', () => {
    const layer = tf.layers.separableConv2d({ filters: 2, kernelSize: 1, depthwiseInitializer: 'zeros', pointwiseInitializer: 'ones' });
    layer.build([1, 2, 2, 2]);
    expect(Math.max(...layer.getWeights()[1]!.dataSync())).toBe(0);
  });

  test('ignores output padding and dilation of transposed convolutions', () => {
    const sideOf = (config: object) => (fromRegistry('Conv2DTranspose', { filters: 1, kernelSize: 2, strides: 2, ...config }).apply(tf.ones([1, 3, 3, 1])) as tf.Tensor).shape[1];
    expect(sideOf({ outputPadding: 1 })).toBe(sideOf({}));
    expect(sideOf({ strides: 1, dilationRate: 2 })).toBe(sideOf({ strides: 1 }));
  });

  test('normalizes no volumes', () => {
    for (const layer of [tf.layers.batchNormalization(), tf.layers.layerNormalization()]) {
      expect(() => values(layer, tf.ones([1, 2, 2, 2, 2]))).toThrow(/rank 5/);
    }
  });

  test('keeps the dropout of cells in a plain RNN for ever', () => {
    const cell = tf.layers.gruCell({ units: 3, dropout: 0.5 }) as Parameters<typeof tf.layers.rnn>[0]['cell'];
    const layer = tf.layers.rnn({ cell }) as tf.layers.Layer;
    const x = tf.ones([1, 2, 8]);
    expect(values(layer, x, true)).toEqual(values(layer, x, false));
  });

  test('cannot give stacked cells the weights that it took from them', () => {
    const layer = tf.layers.stackedRNNCells({ cells: [tf.layers.lstmCell({ units: 3 }), tf.layers.gruCell({ units: 2 })] as never }) as tf.layers.Layer;
    layer.build([null, 4]);
    expect(() => { layer.setWeights(layer.getWeights()); }).toThrow();
  });

  test('normalizes each step alone in TimeDistributed', () => {
    const layer = tf.layers.timeDistributed({ layer: tf.layers.batchNormalization() });
    const y = values(layer, tf.tensor3d([1, 5, 1, 5], [2, 2, 1]), true);
    expect(Math.max(...y.map(Math.abs))).toBeLessThan(1e-3);
  });
});
