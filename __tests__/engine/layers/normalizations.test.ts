import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { filled, relativeError, toTensor, type Values } from '../reference/array.ts';
import { at, computed, indicesOf } from '../reference/indices.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

const EPSILON = 1e-3;

describe('BatchNormalization of volumes', () => {
  test.each([-1, 4, 1, 2])('along axis %i: standardizes by the batch, and remembers its mean and variance', (axis) => {
    const x = filled([2, 3, 2, 2, 4], normal(41));
    const layer = tf.layers.batchNormalization({ axis, momentum: 0.5, inputShape: x.shape.slice(1) });
    const model = tf.sequential({ layers: [layer] });
    const channels = axis < 0 ? axis + 5 : axis;
    const others = [0, 1, 2, 3, 4].filter((side) => side !== channels);
    const trained = (model.apply(toTensor(x), { training: true }) as tf.Tensor).dataSync();
    expect(relativeError(trained, standardized(x, others).data)).toBeLessThan(1e-5);

    const { mean } = moments(x, others);
    const [, , movingMean] = layer.getWeights();
    expect(relativeError(movingMean!.dataSync(), computed([x.shape[channels]!], ([c]) => mean(Array<number>(5).fill(0).with(channels, c!)) / 2).data)).toBeLessThan(1e-5);
  });
});

describe('LayerNormalization', () => {
  test.each([
    [[5, 3], [1]],
    [[5, 3, 4], [2]],
    [[5, 3, 4], [1, 2]],
    [[2, 3, 4, 5], [1]],
    [[2, 3, 2, 4, 5], [3, 4]],
  ])('of shape %j over axes %j', (shape, axis) => {
    const x = filled(shape, normal(42));
    const model = tf.sequential({ layers: [tf.layers.layerNormalization({ axis: [...axis], inputShape: shape.slice(1) })] });
    expect(relativeError((model.predict(toTensor(x)) as tf.Tensor).dataSync(), standardized(x, axis).data)).toBeLessThan(1e-5);
  });

  test('scales and shifts each unit by its own', () => {
    const model = tf.sequential({ layers: [tf.layers.layerNormalization({ inputShape: [2] })] });
    model.setWeights([tf.tensor1d([2, 3]), tf.tensor1d([10, 20])]);
    const y = (model.predict(tf.tensor2d([[-1, 1]])) as tf.Tensor).dataSync();
    expect(relativeError(y, [10 - 2 / Math.sqrt(1 + EPSILON), 20 + 3 / Math.sqrt(1 + EPSILON)])).toBeLessThan(1e-6);
  });
});

function standardized(x: Values, axes: readonly number[]): Values {
  const { mean, variance } = moments(x, axes);
  return computed(x.shape, (index) => (at(x, index) - mean(index)) / Math.sqrt(variance(index) + EPSILON));
}

/** Mean and variance over some axes, at the place of an element. */
function moments(x: Values, axes: readonly number[]) {
  const inner = indicesOf(x.shape.map((size, axis) => (axes.includes(axis) ? size : 1)));
  const around = (index: readonly number[]) => inner.map((inside) => at(x, index.map((i, axis) => (axes.includes(axis) ? inside[axis]! : i))));
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    mean: (index: readonly number[]) => meanOf(around(index)),
    variance: (index: readonly number[]) => {
      const values = around(index);
      const mean = meanOf(values);
      return meanOf(values.map((value) => (value - mean) ** 2));
    },
  };
}
