import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import type { LayerSpec } from '../../src/config/settings.ts';
import * as tf from '../../src/engine/tf.ts';
import { tensorsUpTo } from '../../src/model/graph.ts';
import { buildNetwork, type NetworkSpec } from '../../src/model/network.ts';
import { nestedIn } from './nested.ts';
import { saved } from './saved-model.ts';

beforeAll(() => startBackend('wasm'));

const POOL = { layer: 'global-average-pooling-2d', name: 'pool' };
const LOGITS = { layer: 'dense', name: 'logits', units: 2 };

/** conv_1 - norm_1 - relu_1 - conv_2 - old_pool - old_logits, for images of 6 x 6 and 5 classes. */
function classifier(): tf.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ name: 'conv_1', inputShape: [6, 6, 3], filters: 4, kernelSize: 3, useBias: false }),
      tf.layers.batchNormalization({ name: 'norm_1' }),
      tf.layers.reLU({ name: 'relu_1' }),
      tf.layers.conv2d({ name: 'conv_2', filters: 4, kernelSize: 3 }),
      tf.layers.globalAveragePooling2d({ name: 'old_pool' }),
      tf.layers.dense({ name: 'old_logits', units: 5, activation: 'softmax' }),
    ],
  });
}

/** trunk (a nested model of conv_1, norm_1) - pool - old_logits; Sequential, so that tfjs connects it past the trunk. */
function nested(): tf.LayersModel {
  const trunk = tf.sequential({ name: 'trunk', layers: [tf.layers.conv2d({ name: 'conv_1', inputShape: [6, 6, 3], filters: 4, kernelSize: 3 }), tf.layers.batchNormalization({ name: 'norm_1' })] });
  return tf.sequential({ layers: [trunk, tf.layers.globalAveragePooling2d({ name: 'old_pool' }), tf.layers.dense({ name: 'old_logits', units: 2 })] });
}

async function build(model: tf.LayersModel | null, spec: Partial<NetworkSpec>, classes = 2) {
  const path = model && (await saved(model));
  return buildNetwork({ path, boundary: null, head: [POOL, LOGITS], train: 'head', ...spec }, [6, 6], [classes]);
}

function names(layers: readonly tf.layers.Layer[]): string[] {
  return layers.map(({ name }) => name);
}

function trainable({ layers }: tf.LayersModel): string[] {
  return layers.flatMap((layer) => (layer.trainableWeights.length > 0 ? [layer.name] : []));
}

describe('boundary and head', () => {
  test('a head goes onto the last layer of the file', async () => {
    const { model, boundary, newLayers } = await build(classifier(), { head: [{ layer: 'dense', name: 'logits', units: 2 }] });
    expect(names(model.layers).slice(1)).toEqual(['conv_1', 'norm_1', 'relu_1', 'conv_2', 'old_pool', 'old_logits', 'logits']);
    expect(boundary?.name).toBe('old_logits');
    expect(names(newLayers)).toEqual(['logits']);
  });

  test('or onto a boundary in its middle: what followed there is gone', async () => {
    const { model, boundary, newLayers } = await build(classifier(), { boundary: 'relu_1' });
    expect(names(model.layers).slice(1)).toEqual(['conv_1', 'norm_1', 'relu_1', 'pool', 'logits']);
    expect(boundary?.name).toBe('relu_1');
    expect(names(newLayers)).toEqual(['pool', 'logits']);
    expect(model.outputShape).toEqual([null, 2]);
  });

  test('head none: what follows the boundary in the file is new', async () => {
    const { model, boundary, newLayers } = await build(classifier(), { boundary: 'relu_1', head: null }, 5);
    expect(boundary?.name).toBe('relu_1');
    expect(names(newLayers)).toEqual(['conv_2', 'old_pool', 'old_logits']);
    expect(model.outputShape).toEqual([null, 5]);
  });

  test('without a file every layer is new and nothing is pretrained', async () => {
    const { boundary, newLayers } = await build(null, {});
    expect(boundary).toBeNull();
    expect(names(newLayers)).toEqual(['pool', 'logits']);
  });

  test('a nested model is a boundary, with a head and without', async () => {
    for (const head of [null, [POOL, LOGITS]]) {
      const { model, boundary, newLayers } = await build(nested(), { boundary: 'trunk', head });
      expect(names(model.layers)[1]).toBe('trunk');
      expect(boundary?.name).toBe('trunk');
      expect(names(newLayers)).toEqual(head ? ['pool', 'logits'] : ['old_pool', 'old_logits']);
    }
  });

  test('a network made of a Sequential with a nested model computes what the file computes', async () => {
    const file = nested();
    const { model } = await build(file, { boundary: 'trunk', head: null });
    const x = tf.randomNormal([2, 6, 6, 3]);
    expect((model.predict(x) as tf.Tensor).dataSync()).toEqual((file.predict(x) as tf.Tensor).dataSync());
  });

  test('a side branch that does not read the boundary stays pretrained; what joins it is new', async () => {
    const image = tf.input({ shape: [6, 6, 3] });
    const left = tf.layers.conv2d({ name: 'left', filters: 2, kernelSize: 1 }).apply(image) as tf.SymbolicTensor;
    const right = tf.layers.conv2d({ name: 'right', filters: 2, kernelSize: 1 }).apply(image) as tf.SymbolicTensor;
    const sum = tf.layers.add({ name: 'sum' }).apply([left, right]) as tf.SymbolicTensor;
    const output = tf.layers.globalAveragePooling2d({ name: 'gap' }).apply(sum) as tf.SymbolicTensor;
    const { newLayers } = await build(tf.model({ inputs: image, outputs: output }), { boundary: 'left', head: null, train: 'all' });
    expect(names(newLayers)).toEqual(['sum', 'gap']);
  });

  test('a layer that is called before and after the boundary is pretrained; what follows its last call is new', async () => {
    const shared = tf.layers.conv2d({ name: 'shared', filters: 3, kernelSize: 1 });
    const image = tf.input({ shape: [6, 6, 3] });
    const middle = tf.layers.conv2d({ name: 'middle', filters: 3, kernelSize: 1 }).apply(shared.apply(image)) as tf.SymbolicTensor;
    const again = shared.apply(middle) as tf.SymbolicTensor;
    const pooled = tf.layers.globalAveragePooling2d({ name: 'gap' }).apply(again) as tf.SymbolicTensor;
    const output = tf.layers.dense({ name: 'out', units: 2 }).apply(pooled) as tf.SymbolicTensor;
    const file = tf.model({ inputs: image, outputs: output });
    expect(names((await build(file, { boundary: 'middle', head: null })).newLayers)).toEqual(['gap', 'out']);
    expect(names((await build(file, { boundary: 'shared' })).newLayers)).toEqual(['pool', 'logits']);
  });
});

describe('heads that branch', () => {
  const REDUCED = { layer: 'conv-2d', name: 'reduced', filters: 4, 'kernel-size': 1 };
  const JOINED = { layer: 'add', name: 'joined', inputs: ['reduced', 'norm_1'] };

  test('a layer reads the layers that it names, of the head and of the trunk', async () => {
    const { model, newLayers } = await build(classifier(), { boundary: 'relu_1', head: [REDUCED, JOINED, POOL, LOGITS] });
    expect(names(newLayers)).toEqual(['reduced', 'joined', 'pool', 'logits']);
    expect(tensorsUpTo(model.outputs[0]!).find(({ sourceLayer }) => sourceLayer.name === 'joined')!.inputs.map(({ sourceLayer }) => sourceLayer.name)).toEqual(['reduced', 'norm_1']);
    expect(trainable(model)).toEqual(['reduced', 'logits']);
  });

  test('what reads an earlier layer of the trunk alone is new, too', async () => {
    const aside = { ...REDUCED, name: 'aside', inputs: ['conv_1'] };
    const { model, newLayers } = await build(classifier(), { boundary: 'relu_1', head: [REDUCED, aside, { ...JOINED, inputs: ['reduced', 'aside'] }, POOL, LOGITS] });
    expect(names(newLayers).sort()).toEqual(['aside', 'joined', 'logits', 'pool', 'reduced']);
    expect(trainable(model).sort()).toEqual(['aside', 'logits', 'reduced']);
  });

  test.each<[string, LayerSpec[], string, string[]]>([
    ['a layer that is not there', [REDUCED, { ...JOINED, inputs: ['reduced', 'norm1'] }, POOL, LOGITS], 'unknown-input', ['model.head[1]', "'norm1'", "Did you mean 'norm_1'?"]],
    ['a layer behind the boundary', [REDUCED, { ...JOINED, inputs: ['reduced', 'conv_2'] }, POOL, LOGITS], 'unknown-input', ['model.head[1]', "'conv_2'"]],
    ['a later layer of the head', [{ ...JOINED, inputs: ['norm_1', 'reduced'] }, REDUCED, POOL, LOGITS], 'unknown-input', ['model.head[0]', "'reduced'"]],
    ['layers of other shapes', [POOL, { ...JOINED, layer: 'concatenate', inputs: ['pool', 'norm_1'] }, LOGITS], 'head-shape', ['model.head[1]', '[4] and [4, 4, 4]']],
    ['a layer that nothing reads', [REDUCED, { ...POOL, inputs: ['norm_1'] }, LOGITS], 'layer-unread', ['model.head[0]', "'reduced'", 'inputs']],
  ])('refuses %s', async (_, head, code, says) => {
    const error: unknown = await build(classifier(), { boundary: 'relu_1', head }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'UserError', code });
    for (const part of says) expect((error as Error).message).toContain(part);
  });
});

describe('a class for each pixel', () => {
  const MAP = { layer: 'conv-2d', name: 'map', filters: 3, 'kernel-size': 1 };
  const UP = { layer: 'resizing', name: 'up', height: 6, width: 6 };
  const buildMap = async (head: readonly LayerSpec[]) => buildNetwork({ path: await saved(classifier()), boundary: 'relu_1', head, train: 'head' }, [6, 6], [6, 6, 3]);

  test('takes a map as large as the image', async () => {
    expect((await buildMap([MAP, UP])).model.outputShape).toEqual([null, 6, 6, 3]);
    expect((await buildMap([MAP, UP, { layer: 'softmax' }])).model.outputs[0]!.sourceLayer.name).toBe('up');
  });

  test.each<[string, LayerSpec[], string]>([
    ['a smaller map', [MAP], 'End `model.head` in a layer that scales it up: { layer: resizing, height: 6, width: 6 }.'],
    ['other classes', [{ ...MAP, filters: 2 }, UP], 'End `model.head` in a convolution of 3 filters, as large as the image.'],
    ['one answer for an image', [POOL, LOGITS], 'each of 6 x 6 pixels is to be told one of 3 classes'],
  ])('refuses %s, and says how the head has to end', async (_, head, says) => {
    const error: unknown = await buildMap(head).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'UserError', code: 'output-size' });
    expect((error as Error).message).toContain(says);
  });
});

describe('what does not fit together', () => {
  test.each<[string, Partial<NetworkSpec>, string, string[]]>([
    ['unknown boundary', { boundary: 'relu_2' }, 'unknown-boundary', ['model/model.json', "'relu_2'", "Did you mean 'relu_1'?"]],
    ['boundary that is the last layer, and no head', { boundary: 'old_logits', head: null }, 'boundary-is-last', ["'old_logits'", 'model.head']],
    ['unknown layer to train from', { boundary: 'relu_1', train: 'from:conv_3' }, 'unknown-layer', ['model/model.json', "'conv_3'", 'model.train', "Did you mean 'conv_"]],
    ['head with too many classes', { boundary: 'relu_1', head: [POOL, { ...LOGITS, units: 3 }] }, 'output-classes', ['[3]', '2 classes', 'dense layer of 2 units']],
    ['head that ends in a map', { boundary: 'relu_1', head: [{ layer: 'conv-2d', filters: 2, 'kernel-size': 1 }] }, 'output-classes', ['[4, 4, 2]']],
    ['file with other classes', { boundary: 'relu_1', head: null }, 'output-classes', ['[5]', '2 classes', 'give a `model.head`']],
    ['layer that does not fit the one before it', { boundary: 'old_pool', head: [POOL, LOGITS] }, 'head-shape', ['model.head[0]', '[4]']],
    ['layer that leaves nothing', { boundary: 'relu_1', head: [{ layer: 'conv-2d', filters: 2, 'kernel-size': 5 }, POOL] }, 'head-shape', ['model.head[0]', 'nothing is left']],
    ['two layers of one name', { boundary: 'relu_1', head: [POOL, { ...LOGITS, name: 'conv_1' }] }, 'layer-name', ["'conv_1'"]],
    ['sigmoid at the end', { boundary: 'relu_1', head: [POOL, { ...LOGITS, activation: 'sigmoid' }] }, 'output-activation', ["'logits'", "'sigmoid'"]],
    ['nothing that trains', { boundary: 'relu_1', head: [POOL, { ...LOGITS, trainable: false }] }, 'nothing-trains', ['model.head']],
  ])('%s', async (_, spec, code, says) => {
    const error: unknown = await build(classifier(), spec).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'UserError', code });
    for (const part of says) expect((error as Error).message).toContain(part);
    expect((error as Error).message).not.toContain('\n');
  });

  test('a name that only what was cut off had is free', async () => {
    await expect(build(classifier(), { boundary: 'relu_1', head: [POOL, { ...LOGITS, name: 'old_logits' }] })).resolves.toBeDefined();
  });

  test('neither file nor head; no size', async () => {
    await expect(buildNetwork({ path: null, boundary: null, head: null, train: 'head' }, [6, 6], [2])).rejects.toMatchObject({ code: 'model-missing' });
    await expect(buildNetwork({ path: null, boundary: null, head: [LOGITS], train: 'head' }, null, [2])).rejects.toMatchObject({ code: 'size-missing' });
  });

  test('a model that is not fed one colour image', async () => {
    const grey = tf.sequential({ layers: [tf.layers.conv2d({ inputShape: [6, 6, 1], filters: 2, kernelSize: 1 }), tf.layers.globalAveragePooling2d({})] });
    await expect(build(grey, {})).rejects.toMatchObject({ code: 'model-input', what: expect.stringContaining('[6, 6, 1]') as string });
    const inputs = [tf.input({ shape: [6, 6, 3] }), tf.input({ shape: [6, 6, 3] })];
    const two = tf.model({ inputs, outputs: tf.layers.add().apply(inputs) as tf.SymbolicTensor });
    await expect(build(two, {})).rejects.toMatchObject({ code: 'model-ports', what: expect.stringContaining('2 inputs and 1 output.') as string });
  });
});

describe('what trains', () => {
  test.each([
    ['head', ['pool2', 'logits']],
    ['all', ['conv_1', 'norm_1', 'conv_2', 'pool2', 'logits']],
    ['from:norm_1', ['norm_1', 'conv_2', 'pool2', 'logits']],
    ['from:old_pool', ['pool2', 'logits']],
  ])('%s', async (train, expected) => {
    const { model } = await build(classifier(), { boundary: 'old_pool', train, head: [{ layer: 'dense', name: 'pool2', units: 3 }, LOGITS] });
    expect(trainable(model)).toEqual(expected);
  });

  test('layers that arrive frozen train where the config says so', async () => {
    const frozen = () => {
      const file = classifier();
      for (const layer of file.layers) layer.trainable = false;
      return file;
    };
    expect(trainable((await build(frozen(), { boundary: 'old_pool', head: [LOGITS], train: 'all' })).model)).toEqual(['conv_1', 'norm_1', 'conv_2', 'logits']);
    expect(trainable((await build(frozen(), { boundary: 'relu_1', head: null, train: 'head' }, 5)).model)).toEqual(['conv_2', 'old_logits']);
  });

  test('a layer of the head that the config freezes stays so', async () => {
    const { model } = await build(classifier(), { boundary: 'old_pool', head: [{ layer: 'dense', name: 'fixed', units: 3, trainable: false }, LOGITS], train: 'all' });
    expect(trainable(model)).not.toContain('fixed');
  });

  test.each([
    ['head', [false, false]],
    ['all', [true, true]],
    ['from:trunk', [true, true]],
  ])('%s reaches into a nested trunk', async (train, expected) => {
    const { model } = await build(nested(), { boundary: 'trunk', train });
    const trunk = nestedIn(model, 'trunk');
    expect(trunk.layers.filter(({ weights }) => weights.length > 0).map((layer) => layer.trainable && layer.trainableWeights.length > 0)).toEqual(expected);
    expect(trainable(model).includes('trunk')).toBe(expected[0]);
  });
});
