import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import * as tf from '../../src/engine/tf.ts';
import { initialize, type InitializerOverrides, normalValues } from '../../src/experiment/initialization.ts';
import { chain } from './network.ts';

beforeAll(() => startBackend('wasm'));

const dense = (name: string, units = 4) => tf.layers.dense({ name, units, kernelInitializer: 'heNormal', biasInitializer: 'randomNormal' });

function weightsOf(layer: tf.layers.Layer): number[][] {
  return layer.getWeights().map((weight) => [...weight.dataSync()]);
}

/** Weights of each layer after drawing them for a seed, by name. */
function drawn(seed: number, layers: readonly tf.layers.Layer[], overrides = {}): Record<string, number[][]> {
  const model = chain([6], ...layers);
  initialize(model.layers.slice(1), seed, overrides);
  return Object.fromEntries(layers.map((layer) => [layer.name, weightsOf(layer)]));
}

describe('initialize', () => {
  test('the same seed draws the same bits, whatever was there and was drawn before', () => {
    const layers = [dense('a'), dense('b')];
    const first = drawn(5, layers);
    initialize(layers, 6);
    Math.random();
    expect(weightsOf(layers[0]!)).not.toEqual(first.a);
    initialize(layers, 5);
    expect(Object.fromEntries(layers.map((layer) => [layer.name, weightsOf(layer)]))).toEqual(first);
    expect(drawn(5, [dense('a'), dense('b')])).toEqual(first);
  });

  test('layers of one shape draw different weights', () => {
    const layers = drawn(1, [dense('a', 6), dense('b', 6)]);
    expect(layers.a).not.toEqual(layers.b);
  });

  test('adding a layer changes no other', () => {
    const short = drawn(3, [dense('a', 6), dense('b', 6)]);
    const long = drawn(3, [dense('a', 6), dense('added', 6), tf.layers.dropout({ name: 'drop', rate: 0.5 }), dense('b', 6)]);
    expect(long.a).toEqual(short.a);
    expect(long.b).toEqual(short.b);
  });

  test('leaves Math.random alone', () => {
    const { random } = Math;
    drawn(1, [dense('a')]);
    expect(Math.random).toBe(random);
  });

  test('an override changes the kernel of the named layer, and nothing else', () => {
    const plain = drawn(2, [dense('a', 6), dense('b', 6)]);
    const changed = drawn(2, [dense('a', 6), dense('b', 6)], { b: { kernel: 'ones' } });
    expect(changed.a).toEqual(plain.a);
    expect(changed.b![0]).toEqual(Array<number>(36).fill(1));
  });

  test('an override of the bias leaves the kernel as it is', () => {
    const plain = drawn(2, [dense('a', 6)]);
    const changed = drawn(2, [dense('a', 6)], { a: { bias: { className: 'Constant', config: { value: 3 } } } });
    expect(changed.a![0]).toEqual(plain.a![0]);
    expect(changed.a![1]).toEqual(Array<number>(6).fill(3));
  });

  test('a nested layer is named by its path', () => {
    const nested = () => tf.sequential({ name: 'head', layers: [tf.layers.dense({ name: 'inner', units: 2, inputShape: [6] })] });
    const inner = (overrides: InitializerOverrides) => {
      const model = nested();
      initialize([model], 1, overrides);
      return weightsOf(model.layers.at(-1)!)[0]!;
    };
    expect(inner({})).toEqual(inner({}));
    expect(inner({ inner: { kernel: 'ones' } })).toEqual(inner({}));
    expect(inner({ 'head/inner': { kernel: 'ones' } })).toEqual(Array<number>(12).fill(1));
  });

  test('an override reaches the kernel of a depthwise convolution', () => {
    const layer = tf.layers.depthwiseConv2d({ name: 'depthwise', kernelSize: 2 });
    chain([4, 4, 3], layer);
    initialize([layer], 1, { depthwise: { kernel: 'ones' } });
    expect(weightsOf(layer)[0]).toEqual(Array<number>(12).fill(1));
  });

  test.each<[string, () => tf.layers.Layer, number[]]>([
    ['convolution', () => tf.layers.conv2d({ filters: 3, kernelSize: 3 }), [6, 6, 2]],
    ['separable convolution', () => tf.layers.separableConv2d({ filters: 3, kernelSize: 3, depthMultiplier: 2 }), [6, 6, 2]],
    ['transposed convolution', () => tf.layers.conv2dTranspose({ filters: 3, kernelSize: 3 }), [6, 6, 2]],
    ['normalization without scale', () => tf.layers.batchNormalization({ scale: false }), [6, 6, 2]],
    ['recurrent layer', () => tf.layers.lstm({ units: 3 }), [4, 2]],
    ['wrapped recurrent layer', () => tf.layers.bidirectional({ layer: tf.layers.gru({ units: 3 }), mergeMode: 'concat' }), [4, 2]],
    ['wrapped layer', () => tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 3 }) }), [4, 2]],
  ])('draws the weights of a %s', (_, make, shape) => {
    const layer = make();
    const twin = make();
    chain(shape, layer);
    chain(shape, twin);
    Object.assign(twin, { name: layer.name });
    for (const one of [layer, twin]) {
      one.setWeights(one.getWeights().map((weight) => tf.fill(weight.shape, 7)));
      initialize([one], 4);
    }
    expect(weightsOf(layer)).toEqual(weightsOf(twin));
    expect(weightsOf(layer).flat()).not.toContain(7);
  });

  test('a normalization starts without memory', () => {
    const norm = tf.layers.batchNormalization({ name: 'norm' });
    chain([3], norm);
    norm.setWeights(norm.getWeights().map(() => tf.fill([3], 7)));
    initialize([norm], 1);
    expect(weightsOf(norm)).toEqual([[1, 1, 1], [0, 0, 0], [0, 0, 0], [1, 1, 1]]);
  });

  test('leaves no tensor and no variable behind', () => {
    const layers = [dense('a'), tf.layers.batchNormalization({}), dense('b')];
    chain([6], ...layers);
    initialize(layers, 1);
    const before = tf.memory().numTensors;
    initialize(layers, 2);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('normalValues', () => {
  const values = normalValues(20_001, 0.5, 1, 'role');

  test('has zero mean, the standard deviation asked for, and the shape of a normal distribution', () => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const moment = (power: number) => values.reduce((sum, value) => sum + ((value - mean) / 0.5) ** power, 0) / values.length;
    // Standard errors: 1/sqrt(n) = 0.007 of the mean, sqrt(2/n) = 0.010 of the variance, sqrt(96/n) = 0.069 of the fourth moment.
    expect(Math.abs(mean / 0.5)).toBeLessThan(0.03);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.04);
    expect(Math.abs(moment(3))).toBeLessThan(0.07);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.28);
    const within = values.filter((value) => Math.abs(value) < 0.5).length / values.length;
    expect(Math.abs(within - 0.6827)).toBeLessThan(0.014);
  });

  test('neighbours are uncorrelated', () => {
    const product = values.reduce((sum, value, i) => sum + (i === 0 ? 0 : (value * values[i - 1]!) / 0.25), 0) / values.length;
    expect(Math.abs(product)).toBeLessThan(0.03);
  });

  test('is the same for the same role and seed only', () => {
    expect(normalValues(9, 1, 1, 'a')).toEqual(normalValues(9, 1, 1, 'a'));
    expect(normalValues(9, 1, 1, 'a')).not.toEqual(normalValues(9, 1, 1, 'b'));
    expect(normalValues(9, 1, 1, 'a')).not.toEqual(normalValues(9, 1, 2, 'a'));
  });
});
