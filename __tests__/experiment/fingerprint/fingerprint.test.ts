import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { findImages } from '../../../src/data/find-images.ts';
import { readImages, roomForImages } from '../../../src/data/read-images.ts';
import { startBackend } from '../../../src/engine/backend.ts';
import { withSeed } from '../../../src/engine/seeding.ts';
import * as tf from '../../../src/engine/tf.ts';
import { fingerprint } from '../../../src/experiment/fingerprint/fingerprint.ts';
import type { Pixels } from '../../../src/experiment/fingerprint/pixels.ts';
import { loadImageModel } from '../../../src/model/network.ts';
import { chain } from '../network.ts';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const SIDE = 48;

let emoji: Pixels;
let labels: Int32Array;
beforeAll(async () => {
  await startBackend('wasm');
  ({ pixels: emoji, labels } = await emojiAt(SIDE, 60));
});

async function emojiAt(side: number, most: number): Promise<{ pixels: Pixels; labels: Int32Array }> {
  const found = await findImages({ written: 'emoji', absolute: path.join(REPOSITORY, 'fixtures/data/emoji') }, most);
  const values = roomForImages(found.files.length, [side, side]);
  readImages(found.files, [side, side], values);
  return { pixels: { values, size: [side, side] }, labels: found.labels! };
}

const load = (folder: string) => loadImageModel({ written: folder, absolute: path.join(folder, 'model.json') }, null);

/** The same pixels, each four times: images of another size than the network was saved for. */
function emojiTwice(): Pixels {
  const side = 2 * SIDE;
  const values = new Float32Array(emoji.values.length * 4);
  for (let at = 0; at < values.length; at++) {
    const [image, y, x, c] = [Math.floor(at / (side * side * 3)), Math.floor(at / (side * 3)) % side, Math.floor(at / 3) % side, at % 3];
    values[at] = emoji.values[((image * SIDE + (y >> 1)) * SIDE + (x >> 1)) * 3 + c]!;
  }
  return { values, size: [side, side] };
}

/** A network whose first BatchNorm remembers the emoji as (x - mean) / std, each channel of its output alike. */
function remembering(mean: number, std: number, ...before: readonly tf.layers.Layer[]): tf.LayersModel {
  const conv = tf.layers.conv2d({ filters: 24, kernelSize: 3, strides: 2, useBias: false, padding: 'same' });
  const norm = tf.layers.batchNormalization({ momentum: 0 });
  const model = withSeed(1, 'fingerprint-test', () => chain([SIDE, SIDE, 3], ...before, conv, norm, tf.layers.globalAveragePooling2d({}), tf.layers.dense({ units: 2 })));
  tf.tidy(() => {
    const images = tf.tensor(new Float32Array(emoji.values), [labels.length, SIDE, SIDE, 3]);
    model.apply(tf.div(tf.sub(images, mean), std), { training: true });
  });
  return model;
}

describe('the shipped EfficientNet-Lite0', () => {
  test.each([32, 48])('remembers (x - 127) / 128, read with %i emoji', async (count) => {
    const { pixels } = await emojiAt(96, count);
    const found = fingerprint(await load(path.join(REPOSITORY, 'fixtures/models/efficientnet-lite0')), pixels, null);
    expect(found).toMatchObject({ method: 'batch-normalization', told: true, images: count, memories: ['stem_bn'] });
    expect([found.best!.name, ...found.equivalents].sort()).toEqual(['efficientnet-lite', 'minus-one-to-one', 'teachable-machine']);
    expect(found.best!.order).toBe('rgb');
    expect(found.orderConfidence).toBeGreaterThan(0.95);
    for (const c of [0, 1, 2]) {
      expect(found.estimate!.mean[c]).toBeGreaterThan(110);
      expect(found.estimate!.mean[c]).toBeLessThan(140);
      expect(found.estimate!.std[c]).toBeGreaterThan(100);
      expect(found.estimate!.std[c]).toBeLessThan(160);
    }
  });
});

describe('a network that remembers the images themselves', () => {
  test.each([
    ['raw', 0, 1],
    ['unit', 0, 255],
    ['minus-one-to-one', 127.5, 127.5],
  ])('fed %s, it is told', (name, mean, std) => {
    const found = fingerprint(remembering(mean, std), emoji, null);
    expect(found.told, JSON.stringify(found.candidates.slice(0, 3))).toBe(true);
    expect([found.best!.name, ...found.equivalents]).toContain(name);
    for (const value of found.estimate!.std) expect(value / std).toBeCloseTo(1, 1);
  });

  test('what a layer inside does to the pixels is not asked of the user once more', () => {
    const found = fingerprint(remembering(0, 1, tf.layers.rescaling({ scale: 1 / 127.5, offset: -1 })), emoji, null);
    expect(found).toMatchObject({ told: true, best: { name: 'raw' } });
  });

  test('models in models are read, whatever size they were saved for', () => {
    const inner = remembering(0, 255);
    const outer = chain([SIDE, SIDE, 3], inner);
    expect(fingerprint(outer, emojiTwice(), null)).toMatchObject({ told: true, best: { name: 'unit' }, memories: [expect.stringContaining(`${inner.name}/`) as string] });
  });

  test('a ReLU before the BatchNorm is no obstacle', () => {
    const found = fingerprint(remembering(0, 255, tf.layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu' })), emoji, null);
    expect(found.told, JSON.stringify(found.candidates.slice(0, 3))).toBe(true);
    expect(found.best!.name).toBe('unit');
  });
});

describe('says that it cannot tell', () => {
  const plain = () => withSeed(2, 'fingerprint-test', () => chain([SIDE, SIDE, 3], tf.layers.conv2d({ filters: 8, kernelSize: 3, useBias: false }), tf.layers.reLU(), tf.layers.globalAveragePooling2d({}), tf.layers.dense({ units: 3 })));

  test('of a network without memories, without labels', () => {
    expect(fingerprint(plain(), emoji, null)).toMatchObject({ method: 'none', told: false, best: null, because: expect.stringContaining('no BatchNormalization') as string });
  });

  test('of a scale-equivariant network, with labels', () => {
    expect(fingerprint(plain(), emoji, labels)).toMatchObject({ method: 'linear-probe', told: false });
  });

  test('where BatchNorm was never trained', () => {
    const fresh = chain([SIDE, SIDE, 3], tf.layers.conv2d({ filters: 8, kernelSize: 3 }), tf.layers.batchNormalization());
    expect(fingerprint(fresh, emoji, null)).toMatchObject({ method: 'none', told: false });
  });

  test('with fewer than 8 images', () => {
    const few = { values: emoji.values.slice(0, 7 * SIDE * SIDE * 3), size: emoji.size };
    expect(fingerprint(remembering(0, 255), few, null)).toMatchObject({ method: 'none', told: false, because: expect.stringContaining('7 images') as string });
  });
});
