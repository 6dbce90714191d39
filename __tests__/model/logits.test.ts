import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import * as tf from '../../src/engine/tf.ts';
import { endInLogits } from '../../src/model/logits.ts';

beforeAll(() => startBackend('wasm'));

const features = 3;

/** A dense layer of fixed weights, so that every form of the classifier has the same logits. */
function dense(name: string, activation: 'linear' | 'softmax' | 'sigmoid' | 'relu' = 'linear'): tf.layers.Layer {
  return tf.layers.dense({ name, units: 2, activation, weights: [tf.tensor2d([1, -2, 3, 0.5, -1, 2], [features, 2]), tf.tensor1d([0.1, -0.1])] });
}

function chain(...layers: tf.layers.Layer[]): tf.LayersModel {
  const input = tf.input({ shape: [features] });
  return tf.model({ inputs: input, outputs: layers.reduce((tensor, layer) => layer.apply(tensor) as tf.SymbolicTensor, input) });
}

function outputs(model: tf.LayersModel): number[] {
  return [...(model.predict(tf.tensor2d([[1, 2, 3], [-1, 0, 4]])) as tf.Tensor).dataSync()];
}

describe('endInLogits', () => {
  test('leaves logits alone', () => {
    const model = chain(dense('logits'));
    expect(endInLogits(model)).toBe(model);
  });

  test.each<[string, () => tf.layers.Layer[]]>([
    ['a dense layer with softmax', () => [dense('logits', 'softmax')]],
    ['an activation layer', () => [dense('logits'), tf.layers.activation({ activation: 'softmax' })]],
    ['a softmax layer', () => [dense('logits'), tf.layers.softmax()]],
    ['a softmax before a reshape', () => [dense('logits'), tf.layers.reshape({ targetShape: [1, 1, 2] }), tf.layers.activation({ activation: 'softmax' }), tf.layers.flatten()]],
    ['a softmax before a linear activation', () => [dense('logits', 'softmax'), tf.layers.activation({ activation: 'linear' })]],
    ['a nested model that ends in softmax', () => [tf.sequential({ name: 'head', layers: [tf.layers.inputLayer({ inputShape: [features] }), dense('logits', 'softmax')] })]],
    ['a nested model that ends in a softmax layer', () => [tf.sequential({ name: 'head', layers: [tf.layers.inputLayer({ inputShape: [features] }), dense('logits'), tf.layers.softmax()] })]],
  ])('takes off %s: the same logits in every form', (_, layers) => {
    const model = chain(...layers());
    const probabilities = outputs(model);
    const logits = endInLogits(model);
    expect(outputs(logits)).toEqual(outputs(chain(dense('same'))));
    expect([...tf.softmax(tf.tensor2d(outputs(logits), [2, 2])).dataSync()].map((p) => p.toFixed(5))).toEqual(probabilities.map((p) => p.toFixed(5)));
  });

  test('keeps the names, and leaves the model that it was given as it was', () => {
    const model = chain(dense('hidden', 'softmax'), tf.layers.repeatVector({ n: 1 }), tf.layers.flatten(), tf.layers.dense({ name: 'logits', units: 2, activation: 'softmax' }));
    const before = outputs(model);
    expect(endInLogits(model).layers.map(({ name }) => name)).toEqual(model.layers.map(({ name }) => name));
    expect(outputs(model)).toEqual(before);
  });

  test('takes off one softmax only: what stands before it is part of the network', () => {
    const model = endInLogits(chain(dense('inner', 'softmax'), tf.layers.softmax()));
    expect(outputs(model)).toEqual(outputs(chain(dense('inner', 'softmax'))));
  });

  test('takes a softmax over maps off, and refuses one that a resampling would mix', () => {
    const input = tf.input({ shape: [2, 2, features] });
    const map = dense('map', 'softmax').apply(input) as tf.SymbolicTensor;
    const up = tf.layers.upSampling2d({ name: 'up', size: [2, 2] });
    const scores = up.apply(dense('logits').apply(input)) as tf.SymbolicTensor;
    const over = tf.model({ inputs: input, outputs: tf.layers.softmax().apply(scores) as tf.SymbolicTensor });
    expect(endInLogits(over).outputs[0]!.sourceLayer.name).toBe('up');
    expect(() => endInLogits(tf.model({ inputs: input, outputs: up.apply(map) as tf.SymbolicTensor }))).toThrow(/'up', which would mix the probabilities/);
  });

  test.each(['sigmoid', 'relu'] as const)('refuses %s', (activation) => {
    expect(() => endInLogits(chain(dense('logits', activation)))).toThrow(expect.objectContaining({ code: 'output-activation' }));
    expect(() => endInLogits(chain(dense('logits', activation), tf.layers.reshape({ targetShape: [2] })))).toThrow(expect.objectContaining({ code: 'output-activation' }));
  });
});
