import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import * as tf from '../../src/engine/tf.ts';
import { kebabCase, knownNames, layerClassOf, registeredName } from '../../src/model/keras-names.ts';
import { configOf, makeLayer } from '../../src/model/layer-spec.ts';

beforeAll(() => startBackend('wasm'));

function make(spec: Parameters<typeof makeLayer>[0]) {
  return makeLayer(spec, 'model.head[2]', 'head_3');
}

function failure(spec: Parameters<typeof makeLayer>[0]): { code: string; what: string; fix: string } {
  try {
    make(spec);
  } catch (error) {
    expect(error).toMatchObject({ name: 'UserError' });
    return error as { code: string; what: string; fix: string };
  }
  throw new Error('A layer was made.');
}

describe('names in kebab-case', () => {
  test.each([
    ['dense', 'Dense'],
    ['conv-2d', 'Conv2D'],
    ['conv2d', 'Conv2D'],
    ['depthwise-conv-2d', 'DepthwiseConv2D'],
    ['conv-2d-transpose', 'Conv2DTranspose'],
    ['global-average-pooling-2d', 'GlobalAveragePooling2D'],
    ['batch-normalization', 'BatchNormalization'],
    ['up-sampling-2d', 'UpSampling2D'],
    ['relu', 'ReLU'],
    ['re-lu', 'ReLU'],
    ['leaky-relu', 'LeakyReLU'],
    ['elu', 'ELU'],
    ['lstm', 'LSTM'],
    ['conv-lstm-2d', 'ConvLSTM2D'],
    ['spatial-dropout-1d', 'SpatialDropout1D'],
  ])('%s is %s', (name, className) => {
    expect(layerClassOf(name)?.className).toBe(className);
  });

  test('every name that is offered finds the one it stands for', () => {
    for (const kind of ['layer', 'activation', 'initializer', 'regularizer', 'constraint'] as const) {
      const names = knownNames(kind);
      expect(names.length).toBeGreaterThan(0);
      expect(new Set(names).size).toBe(names.length);
      for (const name of names) {
        expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
        expect(kebabCase(registeredName(kind, name)!)).toBe(name);
      }
    }
  });

  test('models, inputs, cells and wrappers are no layers of a list', () => {
    for (const name of ['model', 'sequential', 'input-layer', 'lstm-cell', 'time-distributed', 'bidirectional']) expect(layerClassOf(name)).toBeUndefined();
  });
});

describe('makeLayer', () => {
  test('gives options to the layer', () => {
    const layer = make({ layer: 'conv-2d', filters: 4, 'kernel-size': 3, 'data-format': 'channels-last', padding: 'same', 'use-bias': false, activation: 'hard-sigmoid' });
    expect(layer.getClassName()).toBe('Conv2D');
    expect(layer.getConfig()).toMatchObject({ filters: 4, kernelSize: [3, 3], dataFormat: 'channelsLast', padding: 'same', useBias: false, activation: 'hardSigmoid' });
  });

  test('names it as the spec does, or by its place', () => {
    expect(make({ layer: 'flatten', name: 'flat' }).name).toBe('flat');
    expect(make({ layer: 'flatten' }).name).toBe('head_3');
  });

  test.each([
    ['relu', 'relu'],
    ['gelu-new', 'gelu_new'],
    ['log-softmax', 'logSoftmax'],
    ['silu', 'swish'],
  ])('knows activation %s', (name, known) => {
    expect(make({ layer: 'dense', units: 1, activation: name }).getConfig()).toMatchObject({ activation: known });
  });

  test.each([
    ['he-normal', { mode: 'fanIn', scale: 2, distribution: 'normal' }],
    ['lecun-normal', { mode: 'fanIn', scale: 1, distribution: 'normal' }],
    [{ 'he-uniform': { seed: 3 } }, { mode: 'fanIn', scale: 2, distribution: 'uniform', seed: 3 }],
    [{ 'random-normal': { stddev: 0.01 } }, { mean: 0, stddev: 0.01 }],
    [{ 'random-uniform': { minval: -0.2, maxval: 0.3 } }, { minval: -0.2, maxval: 0.3 }],
    [{ 'variance-scaling': { scale: 3, mode: 'fan-avg', distribution: 'truncated-normal' } }, { scale: 3, mode: 'fanAvg', distribution: 'truncatedNormal' }],
    [{ constant: { value: 0.2 } }, { value: 0.2 }],
    [{ orthogonal: null }, { gain: 1 }],
  ])('knows initializer %j', (initializer, expected) => {
    const { kernelInitializer } = make({ layer: 'dense', units: 1, 'kernel-initializer': initializer }).getConfig() as { kernelInitializer: { config: object } };
    expect(kernelInitializer.config).toMatchObject(expected);
  });

  test('regularizers and constraints are written like initializers', () => {
    const layer = make({ layer: 'dense', units: 1, 'kernel-regularizer': { l1l2: { l1: 0, l2: 0.5 } }, 'kernel-constraint': { 'max-norm': { 'max-value': 3 } } });
    expect(layer.getConfig()).toMatchObject({ kernelRegularizer: { config: { l1: 0, l2: 0.5 } }, kernelConstraint: { config: { maxValue: 3 } } });
  });

  test('takes the option that tfjs-layers leaves out of its config', () => {
    const layer = make({ layer: 'separable-conv-2d', filters: 4, 'kernel-size': 3, 'depth-multiplier': 2 });
    expect(configOf(layer)).toMatchObject({ depthMultiplier: 2 });
    layer.build([null, 8, 8, 3]);
    expect(layer.weights[0]!.shape).toEqual([3, 3, 3, 2]);
  });

  test('says where, what and the nearest name', () => {
    expect(failure({ layer: 'denze', units: 1 })).toEqual(
      expect.objectContaining({ code: 'unknown-layer', what: "model.head[2]: there is no layer 'denze'.", fix: "Did you mean 'dense'?" }),
    );
    expect(failure({ layer: 'dense', units: 1, 'use-bais': true })).toMatchObject({ code: 'unknown-option', what: expect.stringContaining("no option 'use-bais'") as string, fix: "Did you mean 'use-bias'?" });
    expect(failure({ layer: 'dense', units: 1, activation: 'rellu' })).toMatchObject({ code: 'unknown-activation', fix: "Did you mean 'relu'?" });
    expect(failure({ layer: 'dense', units: 1, 'kernel-initializer': 'he-norml' })).toMatchObject({ code: 'unknown-initializer', fix: "Did you mean 'he-normal'?" });
    expect(failure({ layer: 'dense', units: 1, 'bias-regularizer': { l3: {} } })).toMatchObject({ code: 'unknown-regularizer', what: expect.stringContaining('model.head[2]') as string });
  });

  test('lists some of the names where none is near', () => {
    expect(failure({ layer: 'zzzzzzzzzzzzzzzzzz' }).fix).toMatch(/^There are .+ and \d+ more\.$/);
  });

  test('says what TensorFlow.js has against a value, in one line', () => {
    const { code, what } = failure({ layer: 'dense', units: -1 });
    expect(code).toBe('bad-option');
    expect(what).toMatch(/^model\.head\[2\]: layer 'dense' cannot be made: .*units.*$/);
    expect(failure({ layer: 'dense', units: 1, 'kernel-initializer': 'constant' }).code).toBe('bad-option');
    expect(failure({ layer: 'dense', units: 1, 'kernel-initializer': { zeros: {}, ones: {} } }).code).toBe('bad-option');
  });

  test('any misspelling ends in a UserError of one line', () => {
    const spelling = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => layerClassOf(text) === undefined);
    fc.assert(fc.property(spelling, (name) => {
      const { code, what } = failure({ layer: name });
      expect(code).toBe('unknown-layer');
      expect(what).toContain(name);
    }), { numRuns: 50 });
  });

  test('all layers that need no option can be made', () => {
    for (const name of ['flatten', 'batch-normalization', 'layer-normalization', 'relu', 'prelu', 'softmax', 'global-max-pooling-2d', 'max-pooling-2d', 'up-sampling-2d', 'zero-padding-2d']) {
      expect(make({ layer: name })).toBeInstanceOf(tf.layers.Layer);
    }
  });
});
