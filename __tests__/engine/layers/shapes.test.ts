import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { fromRegistry } from './layer-case.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

describe('Reshape', () => {
  test('finds the side that is left open, so that a layer with weights can follow', () => {
    const model = tf.sequential({ layers: [tf.layers.reshape({ targetShape: [-1, 4], inputShape: [2, 6] }), tf.layers.dense({ units: 2 })] });
    expect(model.outputs[0]!.shape).toEqual([null, 3, 2]);
    expect(() => tf.sequential({ layers: [tf.layers.reshape({ targetShape: [-1, 5], inputShape: [2, 6] })] })).toThrow(/unchanged/);
  });

  test('leaves it open where the input does', () => {
    const input = tf.input({ shape: [null, 4] });
    expect((tf.layers.reshape({ targetShape: [-1, 2] }).apply(input) as tf.SymbolicTensor).shape).toEqual([null, null, 2]);
  });
});

describe('Concatenate', () => {
  test.each([-2, 1])('on axis %i puts steps after one another', (axis) => {
    const y = tf.layers.concatenate({ axis }).apply([tf.ones([1, 1, 2]), tf.zeros([1, 1, 2])]) as tf.Tensor;
    expect(y.arraySync()).toEqual([[[1, 1], [0, 0]]]);
  });
});

describe.each(['GlobalAveragePooling2D', 'GlobalMaxPooling2D'])('%s', (className) => {
  test.each([
    ['channelsLast', [2, 1, 1, 5]],
    ['channelsFirst', [2, 3, 1, 1]],
  ])('keeps the axes it pools over, %s', (dataFormat, shape) => {
    const layer = fromRegistry(className, { keepdims: true, dataFormat });
    const x = tf.reshape(tf.range(0, 120), [2, 3, 4, 5]);
    const y = layer.apply(x) as tf.Tensor;
    expect(y.shape).toEqual(shape);
    expect(layer.computeOutputShape([null, 3, 4, 5])).toEqual([null, ...shape.slice(1)]);
    expect([...y.dataSync()]).toEqual([...(fromRegistry(className, { dataFormat }).apply(x) as tf.Tensor).dataSync()]);
    expect(layer.getConfig().keepdims).toBe(true);
  });
});

describe('CategoryEncoding', () => {
  test('leaves the shape of its input alone', () => {
    const input = tf.input({ shape: [3] });
    const encoded = tf.layers.categoryEncoding({ numTokens: 5, outputMode: 'count' }).apply(input) as tf.SymbolicTensor;
    expect([input.shape, encoded.shape]).toEqual([[null, 3], [null, 5]]);
    const model = tf.model({ inputs: input, outputs: encoded });
    expect((model.predict(tf.tensor2d([[0, 4, 4]])) as tf.Tensor).arraySync()).toEqual([[1, 0, 0, 0, 2]]);
  });
});
