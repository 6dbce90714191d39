import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import { runFrozenBatchNormInInference } from '../../src/engine/batch-norm.ts';
import * as tf from '../../src/engine/tf.ts';
import { type SplitNetwork, splitNetwork } from '../../src/model/split.ts';

beforeAll(() => startBackend('wasm'));

const image = () => tf.input({ shape: [6, 6, 3], name: 'image' });
const conv = (name: string, trainable = false) => tf.layers.conv2d({ name, filters: 3, kernelSize: 3, padding: 'same', activation: 'relu', trainable });

function through(input: tf.SymbolicTensor, ...layers: tf.layers.Layer[]): tf.SymbolicTensor {
  return layers.reduce((tensor, layer) => layer.apply(tensor) as tf.SymbolicTensor, input);
}

function head(input: tf.SymbolicTensor): tf.SymbolicTensor {
  return through(input, tf.layers.globalAveragePooling2d({ name: 'pool' }), tf.layers.dense({ name: 'logits', units: 2 }));
}

function network(input: tf.SymbolicTensor, output: tf.SymbolicTensor): tf.LayersModel {
  const model = tf.model({ inputs: input, outputs: output });
  runFrozenBatchNormInInference(model);
  return model;
}

/** Names of the layers in each part, inputs left out. */
function parts({ prefix, tail }: SplitNetwork): { prefix: string[] | null; tail: string[] } {
  const names = ({ layers }: tf.LayersModel) => layers.filter((layer) => layer.getClassName() !== 'InputLayer').map(({ name }) => name);
  return { prefix: prefix && names(prefix), tail: names(tail) };
}

function expectSameBits(model: tf.LayersModel, { prefix, tail }: SplitNetwork): void {
  const x = tf.randomNormal([3, 6, 6, 3]);
  const features = prefix ? (prefix.predict(x)) : x;
  expect((tail.predict(features) as tf.Tensor).dataSync()).toEqual((model.predict(x) as tf.Tensor).dataSync());
}

/** How a network is cut, having made sure that its parts compute what it computes. */
function cut(model: tf.LayersModel): ReturnType<typeof parts> {
  const split = splitNetwork(model);
  expectSameBits(model, split);
  return parts(split);
}

describe('splitNetwork', () => {
  test('cuts before the first layer that trains', () => {
    const input = image();
    expect(cut(network(input, head(through(input, conv('a'), conv('b', true)))))).toEqual({ prefix: ['a'], tail: ['b', 'pool', 'logits'] });
  });

  test('frozen layers without weights belong to the prefix', () => {
    const input = image();
    expect(cut(network(input, head(through(input, conv('a'), tf.layers.reLU({ name: 'relu' })))))).toEqual({ prefix: ['a', 'relu', 'pool'], tail: ['logits'] });
  });

  test('new layers are drawn anew for each seed: frozen or not, they belong to the tail', () => {
    const input = image();
    const model = network(input, head(through(input, conv('a'), conv('new'))));
    const split = splitNetwork(model, [model.getLayer('new'), model.getLayer('pool')]);
    expect(split.prefix!.layers.map(({ name }) => name)).toContain('a');
    expect(split.tail.layers.map(({ name }) => name)).toContain('new');
  });

  test('has no prefix where training starts at the input', () => {
    const input = image();
    const model = network(input, head(through(input, conv('a', true))));
    const split = splitNetwork(model);
    expect(split.prefix).toBeNull();
    expect(split.tail).toBe(model);
  });

  test.each<[string, () => tf.layers.Layer]>([
    ['dropout', () => tf.layers.dropout({ name: 'x', rate: 0.5 })],
    ['noise', () => tf.layers.gaussianNoise({ name: 'x', stddev: 1 })],
    ['a nested model with dropout', () => tf.sequential({ name: 'x', layers: [tf.layers.dropout({ rate: 0.5, inputShape: [6, 6, 3] })] })],
    ['a wrapped layer with dropout', () => tf.layers.timeDistributed({ name: 'x', layer: tf.layers.dropout({ rate: 0.5 }) })],
    ['a trainable BatchNorm', () => tf.layers.batchNormalization({ name: 'x' })],
  ])('keeps %s in the tail, frozen layers behind it too', (_, layer) => {
    const input = image();
    expect(cut(network(input, head(through(input, conv('a'), layer(), conv('b')))))).toEqual({ prefix: ['a'], tail: ['x', 'b', 'pool', 'logits'] });
  });

  test('keeps a recurrent layer that drops states in the tail', () => {
    const recurrent = (dropout: number) => {
      const input = image();
      const lstm = tf.layers.lstm({ name: 'lstm', units: 2, dropout, trainable: false });
      return network(input, through(input, tf.layers.reshape({ name: 'rows', targetShape: [6, 18] }), lstm, tf.layers.dense({ name: 'logits', units: 2 })));
    };
    expect(parts(splitNetwork(recurrent(0)))).toEqual({ prefix: ['rows', 'lstm'], tail: ['logits'] });
    expect(parts(splitNetwork(recurrent(0.5)))).toEqual({ prefix: ['rows'], tail: ['lstm', 'logits'] });
  });

  test('a frozen BatchNorm belongs to the prefix', () => {
    const input = image();
    const norm = tf.layers.batchNormalization({ name: 'norm', trainable: false });
    expect(cut(network(input, head(through(input, conv('a'), norm, conv('b', true))))).prefix).toEqual(['a', 'norm']);
  });

  test('cuts where all paths come together', () => {
    const input = image();
    const a = through(input, conv('a'));
    const sum = through(tf.layers.add({ name: 'sum' }).apply([a, through(a, conv('b'))]) as tf.SymbolicTensor);
    expect(cut(network(input, head(through(sum, conv('c', true)))))).toEqual({ prefix: ['a', 'b', 'sum'], tail: ['c', 'pool', 'logits'] });
  });

  test('a skip connection past what trains is an output of the prefix of its own', () => {
    const input = image();
    const a = through(input, conv('a'));
    const trained = through(a, conv('b'), conv('c', true));
    const sum = tf.layers.add({ name: 'sum' }).apply([a, trained]) as tf.SymbolicTensor;
    const model = network(input, head(sum));
    expect(cut(model)).toEqual({ prefix: ['a', 'b'], tail: expect.arrayContaining(['c', 'sum']) as string[] });
    expect(splitNetwork(model).tail.inputs).toHaveLength(2);
  });

  test('keeps what is smaller: frozen layers without weights that make more values than they read belong to the tail', () => {
    const input = image();
    const up = tf.layers.upSampling2d({ name: 'up', size: [2, 2] });
    expect(cut(network(input, head(through(input, conv('a'), up, conv('b', true)))))).toEqual({ prefix: ['a'], tail: ['up', 'b', 'pool', 'logits'] });
    const other = image();
    const a = through(other, conv('a'));
    const joined = tf.layers.concatenate({ name: 'joined' }).apply([a, through(a, conv('b'))]) as tf.SymbolicTensor;
    // As many values as its two inputs: nothing is gained by moving the cut.
    expect(cut(network(other, head(through(joined, conv('c', true))))).prefix).toEqual(['a', 'b', 'joined']);
  });

  test('does not keep the image beside features: where a path leads from it to what trains, there is no prefix', () => {
    const input = image();
    const joined = tf.layers.concatenate({ name: 'joined' }).apply([input, through(input, conv('a'), conv('b', true))]) as tf.SymbolicTensor;
    expect(cut(network(input, head(joined))).prefix).toBeNull();
  });

  test('has no prefix where a path leads around everything that is frozen', () => {
    const input = image();
    const sum = tf.layers.add({ name: 'sum' }).apply([through(input, conv('a')), through(input, conv('b', true))]) as tf.SymbolicTensor;
    expect(cut(network(input, head(sum))).prefix).toBeNull();
  });

  test('a shared layer is called in both parts', () => {
    const input = image();
    const shared = conv('shared');
    expect(cut(network(input, head(through(input, shared, conv('a'), shared, conv('b', true), shared))))).toEqual({
      prefix: ['shared', 'a'],
      tail: expect.arrayContaining(['b', 'shared', 'logits']) as string[],
    });
  });

  test('a nested model is cut as a whole', () => {
    const nested = (trainable: boolean) => tf.sequential({ name: 'nested', layers: [tf.layers.conv2d({ name: 'c', inputShape: [6, 6, 3], filters: 3, kernelSize: 1, trainable }), conv('d')] });
    const input = image();
    expect(cut(network(input, head(through(input, conv('a'), nested(false)))))).toEqual({ prefix: ['a', 'nested', 'pool'], tail: ['logits'] });
    const other = image();
    expect(cut(network(other, head(through(other, conv('a'), nested(true)))))).toEqual({ prefix: ['a'], tail: ['nested', 'pool', 'logits'] });
  });

  test('the tail shares its weights with the network', () => {
    const input = image();
    const model = network(input, head(through(input, conv('a'))));
    const split = splitNetwork(model);
    model.getLayer('logits').setWeights([tf.ones([3, 2]), tf.zeros([2])]);
    expectSameBits(model, split);
    expect(split.tail.trainableWeights).toEqual(model.trainableWeights);
  });
});
