import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import * as tf from '../../src/engine/tf.ts';
import { loadModel } from '../../src/model/load.ts';
import { inputSize } from '../../src/model/model-file.ts';
import { folderWith } from '../temporary-folder.ts';
import { nestedIn } from './nested.ts';
import { filesOf, type ModelFiles, saved, written } from './saved-model.ts';

const LFS_POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`;

let files: ModelFiles;

beforeAll(async () => {
  await startBackend('wasm');
  files = await filesOf(convolutional());
});

function convolutional(): tf.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ name: 'first', inputShape: [8, 8, 3], filters: 2, kernelSize: 3, activation: 'relu' }),
      tf.layers.globalAveragePooling2d({ name: 'pool' }),
      tf.layers.dense({ name: 'logits', units: 4 }),
    ],
  });
}

/** The files with some text of model.json replaced. */
function edited(from: string, to: string) {
  const text = JSON.stringify(files.json);
  expect(text).toContain(from);
  return { json: text.replaceAll(from, to), weights: files.weights };
}

describe('loadModel', () => {
  test('gives the model that was saved, bit for bit', async () => {
    const model = convolutional();
    const loaded = await loadModel(await saved(model), null);
    const x = tf.randomNormal([2, 8, 8, 3]);
    expect((loaded.predict(x) as tf.Tensor).dataSync()).toEqual((model.predict(x) as tf.Tensor).dataSync());
  });

  test('joins weights that are spread over several files', async () => {
    const { json, weights } = files;
    const whole = await loadModel(written(files), null);
    const [group] = json.weightsManifest;
    const file = written({ json: { ...json, weightsManifest: [{ ...group, paths: ['weights.bin', 'model.json.2'] }] }, weights: weights.slice(0, 100) });
    writeFileSync(`${file.absolute}.2`, weights.slice(100));
    const loaded = await loadModel(file, null);
    expect(loaded.getWeights().map((weight) => weight.dataSync())).toEqual(whole.getWeights().map((weight) => weight.dataSync()));
  });

  test('leaves no tensors but the weights', async () => {
    const before = tf.memory().numTensors;
    const model = await loadModel(written(files), null);
    expect(tf.memory().numTensors - before).toBe(model.weights.length);
  });

  test('feeds a network images of another size', async () => {
    const model = await loadModel(written(files), [12, 10]);
    expect(model.inputs[0]!.shape).toEqual([null, 12, 10, 3]);
  });

  test('leaves inputs of nested models that are fed something else', async () => {
    const trunk = tf.sequential({ name: 'trunk', layers: [tf.layers.conv2d({ inputShape: [8, 8, 3], filters: 3, kernelSize: 3, padding: 'same', strides: 2 })] });
    const head = tf.sequential({ name: 'head', layers: [tf.layers.flatten({ inputShape: [4, 4, 3] }), tf.layers.dense({ units: 2 })] });
    const image = tf.input({ shape: [8, 8, 3] });
    const file = await saved(tf.model({ inputs: image, outputs: head.apply(trunk.apply(image)) as tf.SymbolicTensor }));
    const loaded = await loadModel(file, [8, 8]);
    expect(loaded.outputShape).toEqual([null, 2]);
    expect(nestedIn(loaded, 'head').inputs[0]!.shape).toEqual([null, 4, 4, 3]);
    expect(nestedIn(loaded, 'trunk').inputs[0]!.shape).toEqual([null, 8, 8, 3]);
  });
});

describe('what cannot be loaded ends with its reason', () => {
  const cases: readonly [name: string, code: string, says: readonly string[], make: () => { json: unknown; weights: Uint8Array | null }][] = [
    ['weights missing', 'weights-missing', ['model/weights.bin', 'Commit it'], () => ({ json: files.json, weights: null })],
    ['weights cut short', 'weights-size', ['model/weights.bin', '50 bytes', 'cut short'], () => ({ json: files.json, weights: files.weights.slice(0, 50) })],
    ['weights that go on', 'weights-size', ['model/weights.bin'], () => ({ json: files.json, weights: Buffer.concat([files.weights, Buffer.alloc(4)]) })],
    ['a pointer for the model', 'lfs-pointer', ['model/model.json', 'Git LFS', 'lfs: true'], () => ({ json: LFS_POINTER, weights: files.weights })],
    ['a pointer for the weights', 'lfs-pointer', ['model/weights.bin', 'Git LFS', 'lfs: true'], () => ({ json: files.json, weights: Buffer.from(LFS_POINTER) })],
    ['a GraphModel', 'model-graph', ['model/model.json', 'GraphModel', 'LayersModel'], () => edited('"layers-model"', '"graph-model"')],
    ['no JSON', 'model-invalid', ['model/model.json', 'not valid JSON'], () => ({ json: JSON.stringify(files.json).slice(0, -20), weights: files.weights })],
    ['other JSON', 'model-invalid', ['model/model.json', 'not a LayersModel: `modelTopology` is missing or not of its kind. Export'], () => ({ json: { name: 'package' }, weights: null })],
    ['weights of another shape', 'model-invalid', ['model/model.json', "'logits/kernel'", '4,2', '2,4'], () => edited('"shape":[2,4]', '"shape":[4,2]')],
    ['weights of other layers', 'model-invalid', ['model/model.json', 'logits/scale'], () => edited('"logits/bias"', '"logits/scale"')],
    ['no weights at all', 'model-invalid', ['model/model.json', 'weights are not set'], () => ({ json: { ...files.json, weightsManifest: [] }, weights: null })],
    ['an unknown layer', 'model-invalid', ['model/model.json', 'GroupNormalization'], () => edited('"GlobalAveragePooling2D"', '"GroupNormalization"')],
    ['a grouped convolution', 'grouped-convolution', ['model/model.json', "'first'", 'groups: 3'], () => edited('"filters":2', '"filters":3,"groups":3')],
  ];

  test.each(cases)('%s', async (_, code, says, make) => {
    const error: unknown = await loadModel(written(make()), null).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'UserError', code });
    for (const part of says) expect((error as Error).message).toContain(part);
    expect((error as Error).message).not.toContain('\n');
  });

  test('no file', async () => {
    await expect(loadModel({ written: 'm/model.json', absolute: path.join(folderWith({}), 'model.json') }, null)).rejects.toMatchObject({
      code: 'model-missing',
      what: expect.stringContaining('m/model.json') as string,
    });
  });

  test('a folder, which holds the file', async () => {
    await expect(loadModel({ written: 'm/', absolute: folderWith({ 'model.json': '{}' }) }, null)).rejects.toMatchObject({ what: 'm/: a folder, not a model file.', fix: 'Name the file in it: `m/model.json`.' });
  });

  test('a size for which a dense layer is too small: says which size would do', async () => {
    const flat = tf.sequential({ layers: [tf.layers.flatten({ inputShape: [8, 8, 3] }), tf.layers.dense({ units: 2, name: 'logits' })] });
    const file = await saved(flat);
    await expect(loadModel(file, [8, 8])).resolves.toBeDefined();
    await expect(loadModel(file, [4, 4])).rejects.toMatchObject({ code: 'model-invalid', fix: expect.stringContaining('Set `data.size` to [8, 8]') as string });
  });
});

describe('inputSize', () => {
  test('is what the model was saved with', async () => {
    await expect(inputSize(await saved(tf.sequential({ layers: [tf.layers.flatten({ inputShape: [6, 9, 3] })] })))).resolves.toEqual([6, 9]);
  });

  test('has to be given where the model takes any', async () => {
    const any = tf.sequential({ layers: [tf.layers.globalAveragePooling2d({ inputShape: [null, null, 3] })] });
    await expect(inputSize(await saved(any))).rejects.toMatchObject({ code: 'size-missing' });
    await expect(inputSize(null)).rejects.toMatchObject({ code: 'size-missing' });
  });
});
