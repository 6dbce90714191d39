import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import { withSeed } from '../../../src/engine/seeding.ts';
import * as tf from '../../../src/engine/tf.ts';
import { trainableVariables } from '../../../src/engine/variables.ts';
import { normal } from '../arbitrary.ts';
import { filled, relativeError, toTensor, type Values } from '../reference/array.ts';
import { numericGradient } from '../reference/finite-differences.ts';
import { conv2d, depthwiseConv2d } from '../reference/sliding.ts';

const SLIDING = { window: [3, 2], stride: [1, 1], dilation: [2, 3], padding: 'valid' } as const;
const COMMON = { kernelSize: [3, 2] as [number, number], dilationRate: [2, 3] as [number, number], useBias: true, name: 'dilated' };

describe('dilated layers', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test.each([
    ['Conv2D', (): tf.layers.Layer => tf.layers.conv2d({ ...COMMON, filters: 4 }), conv2d],
    ['DepthwiseConv2D', (): tf.layers.Layer => tf.layers.depthwiseConv2d({ ...COMMON, depthMultiplier: 2 }), depthwiseConv2d],
  ])('%s computes, and trains, as the reference', (_, makeLayer, reference) => {
    const random = normal(1);
    const x = filled([2, 7, 8, 2], random);
    const layer = withSeed(1, 'weights', makeLayer);
    const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [7, 8, 2] }), layer] });
    const kernel = layer.getWeights()[0]!;
    const filter: Values = { shape: kernel.shape, data: Float64Array.from(kernel.dataSync()) };
    const expected = reference(x, filter, SLIDING);
    const weights = filled(expected.shape, random);

    const output = model.apply(toTensor(x)) as tf.Tensor;
    expect(output.shape).toEqual(expected.shape);
    expect(model.outputs[0]!.shape.slice(1)).toEqual(expected.shape.slice(1));
    expect(relativeError(output.dataSync(), expected.data)).toBeLessThan(1e-5);

    const variable = trainableVariables(model)[0]!;
    const loss = () => tf.sum<tf.Scalar>(tf.mul(model.apply(toTensor(x), { training: true }) as tf.Tensor, toTensor(weights)));
    const gradient = tf.variableGrads(loss, [variable]).grads[variable.name]!.dataSync();
    expect(relativeError(gradient, numericGradient((f) => reference(x, f, SLIDING), filter, weights))).toBeLessThan(1e-5);
  });

  test('a layer with channels first is that with channels last, transposed', () => {
    const random = normal(2);
    const x = toTensor<tf.Rank.R4>(filled([1, 7, 8, 2], random));
    const make = (dataFormat: 'channelsFirst' | 'channelsLast') =>
      withSeed(1, 'weights', () => tf.layers.conv2d({ ...COMMON, name: dataFormat, filters: 4, dataFormat, biasInitializer: 'randomNormal', activation: 'relu' }));
    const [first, last] = [make('channelsFirst'), make('channelsLast')];
    const expected = withSeed(1, 'build', () => last.apply(x) as tf.Tensor4D);
    const actual = withSeed(1, 'build', () => first.apply(tf.transpose(x, [0, 3, 1, 2])) as tf.Tensor4D);
    expect(relativeError(tf.transpose(actual, [0, 2, 3, 1]).dataSync(), expected.dataSync())).toBeLessThan(1e-6);
  });
});
