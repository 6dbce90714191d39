import { beforeAll, describe, expect, test, vi } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import { withSeed } from '../../../src/engine/seeding.ts';
import * as tf from '../../../src/engine/tf.ts';
import { watch } from '../../../src/experiment/probes.ts';
import { fromRegistry } from './layer-case.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

describe('Conv2D', () => {
  test.each(['linear', 'relu'] as const)('spares the gradient by the images, before %s', async (activation) => {
    const model = tf.sequential({ layers: [tf.layers.conv2d({ filters: 4, kernelSize: 3, useBias: false, activation, inputShape: [6, 6, 3] })] });
    const gradients = () => tf.variableGrads(() => tf.mean(model.apply(tf.ones([2, 6, 6, 3]), { training: true }) as tf.Tensor));
    for (const run of [gradients, () => watch(model, { observe: () => undefined, observeGradient: () => undefined }, gradients)]) {
      const { kernelNames } = await tf.profile(() => Object.values(run().grads)[0]!);
      expect(kernelNames).toContain('Conv2DBackpropFilter');
      expect(kernelNames).not.toContain('Conv2DBackpropInput');
    }
  });
});

describe('Conv1D', () => {
  test.each([1, 2])('causal, dilation %i: an output depends on its step and those before it', (dilationRate) => {
    const layer = tf.layers.conv1d({ filters: 1, kernelSize: 3, padding: 'causal', dilationRate, useBias: false, kernelInitializer: 'ones', inputShape: [7, 1] });
    const model = tf.sequential({ layers: [layer] });
    const impulse = tf.tensor3d([0, 0, 1, 0, 0, 0, 0], [1, 7, 1]);
    const expected = Array<number>(7).fill(0);
    for (let tap = 0; tap < 3; tap++) expected[2 + tap * dilationRate] = 1;
    expect([...(model.predict(impulse) as tf.Tensor).dataSync()]).toEqual(expected);
    expect(model.outputs[0]!.shape).toEqual([null, 7, 1]);
  });

  test('causal and strided', () => {
    const layer = tf.layers.conv1d({ filters: 1, kernelSize: 2, strides: 2, padding: 'causal', useBias: false, kernelInitializer: 'ones', inputShape: [5, 1] });
    const model = tf.sequential({ layers: [layer] });
    const y = model.predict(tf.tensor3d([1, 2, 4, 8, 16], [1, 5, 1])) as tf.Tensor;
    expect([...y.dataSync()]).toEqual([1, 6, 24]);
    expect(model.outputs[0]!.shape).toEqual([null, 3, 1]);
  });
});

describe.each([
  ['Conv1D', { filters: 4, kernelSize: 2, activation: 'tanh' }, [4, 3], [0, 2, 1]],
  ['Conv2D', { filters: 4, kernelSize: 2, padding: 'same', activation: 'tanh' }, [4, 5, 3], [0, 3, 1, 2]],
  // As many filters as rows: a bias on the wrong axis would fit, too.
  ['SeparableConv2D', { filters: 4, kernelSize: 3, padding: 'same', activation: 'tanh' }, [4, 4, 3], [0, 3, 1, 2]],
  ['DepthwiseConv2D', { kernelSize: 2, depthMultiplier: 2, activation: 'tanh' }, [4, 5, 3], [0, 3, 1, 2]],
  ['Conv2DTranspose', { filters: 4, kernelSize: 2, strides: 2, activation: 'tanh' }, [3, 2, 3], [0, 3, 1, 2]],
  ['Conv3D', { filters: 4, kernelSize: 2, activation: 'tanh' }, [3, 4, 2, 3], [0, 4, 1, 2, 3]],
  ['Conv3DTranspose', { filters: 4, kernelSize: 2, strides: 2, activation: 'tanh' }, [2, 3, 2, 3], [0, 4, 1, 2, 3]],
] as const)('%s', (className, config, shape, toFront) => {
  test('with channels first computes the same as with channels last', () => {
    const x = withSeed(1, 'x', () => tf.randomNormal([2, ...shape]));
    const first = tf.transpose(x, [...toFront]);
    const modelOf = (dataFormat: string, input: tf.Tensor) => tf.sequential({ layers: [fromRegistry(className, { ...config, dataFormat, inputShape: input.shape.slice(1) })] });
    const [last, other] = [modelOf('channelsLast', x), modelOf('channelsFirst', first)];
    const weights = withSeed(1, 'weights', () => last.getWeights().map((weight) => tf.randomNormal(weight.shape)));
    last.setWeights(weights);
    other.setWeights(weights);
    const [expected, actual] = [tf.transpose(last.predict(x) as tf.Tensor, [...toFront]), other.predict(first) as tf.Tensor];
    expect(actual.shape).toEqual(expected.shape);
    expect(other.outputs[0]!.shape.slice(1)).toEqual(expected.shape.slice(1));
    expect(tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0]).toBeLessThan(1e-5);
  });
});

describe.each(['Conv2DTranspose', 'Conv3DTranspose'])('%s', (className) => {
  const ones = className === 'Conv2DTranspose' ? [1] : [1, 1];
  /** Along the last side alone: x, kernel, stride, padding and the padding of the output, whose sum of products is written out. */
  test.each([
    [[1, 10], [1, 2, 3], 2, 'valid', 0, [1, 2, 13, 20, 30]],
    [[1, 10], [1, 2, 3], 2, 'valid', 1, [1, 2, 13, 20, 30, 0]],
    // The first of the three columns that a kernel reaches lies outside.
    [[1, 10], [1, 2, 3], 2, 'same', 1, [1, 2, 13, 20]],
    [[1, 10], [1, 2, 3], 2, 'same', 0, [2, 13, 20]],
  ])('of %j with %j, stride %i, %s, output padding %i', (x, kernel, stride, padding, outputPadding, expected) => {
    const config = { filters: 1, kernelSize: [...ones, kernel.length], strides: [...ones, stride], padding, outputPadding: [...ones.map(() => 0), outputPadding], useBias: false };
    for (const dataFormat of ['channelsLast', 'channelsFirst']) {
      const shape = dataFormat === 'channelsLast' ? [...ones, x.length, 1] : [1, ...ones, x.length];
      const layer = fromRegistry(className, { ...config, dataFormat, inputShape: shape });
      const model = tf.sequential({ layers: [layer] });
      model.setWeights([tf.tensor(kernel, [...ones, kernel.length, 1, 1])]);
      const y = model.predict(tf.tensor(x, [1, ...shape])) as tf.Tensor;
      expect([...y.dataSync()]).toEqual(expected);
      expect(model.outputs[0]!.shape.slice(1)).toEqual(y.shape.slice(1));
      expect(fromRegistry(className, layer.getConfig()).getConfig()).toEqual(layer.getConfig());
    }
  });

  test('is refused where it is dilated', () => {
    expect(() => fromRegistry(className, { filters: 1, kernelSize: 2, dilationRate: 2 })).toThrow(/dilated/);
  });
});

describe('SeparableConv2D', () => {
  const kernels = (config: object) => {
    const layer = fromRegistry('SeparableConv2D', { filters: 2, kernelSize: 3, inputShape: [4, 4, 3], ...config });
    return tf.sequential({ layers: [layer] }).getWeights().map((weight) => [...new Set(weight.dataSync())]);
  };
  const constant = (value: number) => ({ className: 'Constant', config: { value } });

  test('draws each kernel from its own initializer', () => {
    expect(kernels({ depthwiseInitializer: constant(2), pointwiseInitializer: constant(3) })).toEqual([[2], [3], [0]]);
    expect(kernels({ depthwiseInitializer: constant(2) })[1]!.length).toBeGreaterThan(1);
  });
});

describe('Conv2D', () => {
  test('computes no gradient by the images of a network, and the same one by its weights', () => {
    const input = tf.input({ shape: [6, 6, 3] });
    const layers = [0, 1].map((seed) => tf.layers.conv2d({ filters: 4, kernelSize: 3, useBias: false, kernelInitializer: tf.initializers.glorotUniform({ seed }) }));
    const model = tf.model({ inputs: input, outputs: layers.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, input) });
    const images = tf.randomNormal([2, 6, 6, 3], 0, 1, 'float32', 5);
    const kernels = layers.map((layer) => layer.getWeights()[0] as tf.Tensor4D);
    const ran = vi.spyOn(tf.engine(), 'runKernel');
    const { grads } = tf.variableGrads(() => tf.sum(tf.square(model.apply(images) as tf.Tensor)));
    const byInput = ran.mock.calls.filter(([kernel]) => kernel === tf.Conv2DBackpropInput);
    ran.mockRestore();
    expect(byInput).toHaveLength(1);
    const expected = tf.grads((first, second) => tf.sum(tf.square(tf.conv2d(tf.conv2d(images as tf.Tensor4D, first as tf.Tensor4D, 1, 'valid'), second as tf.Tensor4D, 1, 'valid'))))(kernels);
    Object.values(grads).forEach((gradient, index) => { expect([...gradient.dataSync()]).toEqual([...expected[index]!.dataSync()]); });
    expect(tf.grad((x) => tf.sum(model.apply(x) as tf.Tensor))(images).abs().sum().dataSync()[0]).toBeGreaterThan(0);
  });
});
