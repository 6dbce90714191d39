import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { filled, relativeError, toTensor } from '../reference/array.ts';
import { at, computed } from '../reference/indices.ts';
import { fromRegistry } from './layer-case.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

describe('ReLU', () => {
  const X = [-3, -1, 0, 0.5, 1, 1.5, 2, 7];
  const outputs = (config: tf.serialization.ConfigDict) => Array.from((fromRegistry('ReLU', config).apply(tf.tensor1d(X)) as tf.Tensor).dataSync(), (y) => y + 0);

  test.each([
    [{}, (x: number) => Math.max(0, x)],
    [{ maxValue: 2 }, (x: number) => Math.min(2, Math.max(0, x))],
    [{ negativeSlope: 0.5 }, (x: number) => (x >= 0 ? x : 0.5 * x)],
    [{ threshold: 1 }, (x: number) => (x >= 1 ? x : 0)],
    [{ negativeSlope: 0.5, threshold: 1, maxValue: 2 }, (x: number) => (x >= 2 ? 2 : x >= 1 ? x : 0.5 * (x - 1))],
  ])('computes what Keras computes with %o', (config, reference) => {
    expect(outputs(config)).toEqual(X.map((x) => reference(x) + 0));
    const copy = fromRegistry('ReLU', fromRegistry('ReLU', config).getConfig());
    expect(Array.from((copy.apply(tf.tensor1d(X)) as tf.Tensor).dataSync(), (y) => y + 0)).toEqual(outputs(config));
  });

  test('lets NaN through', () => {
    const layer = fromRegistry('ReLU', { negativeSlope: 0.5, maxValue: 2 });
    expect((layer.apply(tf.tensor1d([Number.NaN])) as tf.Tensor).dataSync()[0]).toBeNaN();
  });
});

describe('ELU', () => {
  test.each([1, 0.5, 2])('computes what Keras computes with alpha %d', (alpha) => {
    const x = [-30, -2, -0.5, 0, 0.5, 3];
    const layer = fromRegistry('ELU', { alpha });
    const expected = x.map((value) => (value > 0 ? value : alpha * Math.expm1(value)));
    expect(relativeError((layer.apply(tf.tensor1d(x)) as tf.Tensor).dataSync(), expected)).toBeLessThan(1e-6);
    expect(layer.getConfig().alpha).toBe(alpha);
  });
});

describe('Softmax', () => {
  test.each([1, 2, -1, -2])('along axis %i adds up to 1 there', (axis) => {
    const random = normal(31);
    const x = filled([2, 3, 4], random);
    const along = axis < 0 ? axis + 3 : axis;
    const expected = computed(x.shape, (index) => {
      const all = Array.from({ length: x.shape[along]! }, (_, i) => Math.exp(at(x, index.with(along, i))));
      return Math.exp(at(x, index)) / all.reduce((sum, value) => sum + value, 0);
    });
    const actual = (tf.layers.softmax({ axis }).call(toTensor(x), {}) as tf.Tensor).dataSync();
    expect(relativeError(actual, expected.data)).toBeLessThan(1e-6);
  });

  test('of large numbers is finite', () => {
    const y = (tf.layers.softmax({ axis: 1 }).call(tf.tensor3d([1000, 1000, -1000, 0], [1, 2, 2]), {}) as tf.Tensor).dataSync();
    expect([...y]).toEqual([1, 1, 0, 0]);
  });
});
