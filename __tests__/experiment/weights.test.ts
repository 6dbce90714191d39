import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import * as tf from '../../src/engine/tf.ts';
import { initialize } from '../../src/experiment/initialization.ts';
import { type Recipe, trainRun } from '../../src/experiment/training.ts';
import { initialWeights } from '../../src/experiment/weights.ts';
import { easyExamples, lessonOf } from './examples.ts';
import { chain } from './network.ts';

beforeAll(() => startBackend('wasm'));

const EXAMPLES = easyExamples(24, [6]);

const rmsOf = (values: readonly number[]) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
const kernelOf = (model: tf.LayersModel, name: string) => [...model.getLayer(name).getWeights()[0]!.dataSync()];

describe('initial weights', () => {
  const dense = (kernel: readonly (readonly number[])[], bias = [0, 3]) => {
    const model = chain([kernel.length], tf.layers.dense({ name: 'a', units: 2 }), tf.layers.reLU({}));
    model.getLayer('a').setWeights([tf.tensor2d(kernel.map((row) => [...row])), tf.tensor1d(bias)]);
    return initialWeights(model);
  };

  test('have the size and the spread of kernel and bias, by layer', () => {
    const [only, ...others] = dense([[1, 2], [3, -2]]);
    expect(others).toEqual([]);
    expect(only!.site).toBe('a');
    expect(only!.std).toBeCloseTo(Math.sqrt(4.5 - 1), 6);
    expect(only!.rms).toBeCloseTo(Math.sqrt(4.5), 6);
    expect(only!.bias!.rms).toBeCloseTo(3 / Math.SQRT2, 6);
    // Units differ by 1 and by 5: variances .25 and 6.25 of squares 5 and 13.
    expect(only!.difference).toBeCloseTo(Math.sqrt((2 * 0.25 + 2 * 6.25) / 18), 6);
  });

  test('tell units that are all the same', () => {
    expect(dense([[0.1, 0.1], [-0.7, -0.7]])[0]!.difference).toBe(0);
    expect(dense([[0, 0], [0, 0]])[0]!.difference).toBe(0);
    const single = chain([3], tf.layers.dense({ name: 'a', units: 1 }));
    expect(initialWeights(single)[0]!.difference).toBeNull();
  });

  test('take each channel of a depthwise convolution for a unit', () => {
    const model = chain([4, 4, 2], tf.layers.depthwiseConv2d({ name: 'a', kernelSize: 1, useBias: false }));
    model.getLayer('a').setWeights([tf.tensor4d([1, -1], [1, 1, 2, 1])]);
    expect(initialWeights(model)).toEqual([{ site: 'a', std: 1, rms: 1, difference: 1, bias: null }]);
  });
});

describe('the updates of a run', () => {
  const network = () =>
    chain(
      [6],
      tf.layers.dense({ name: 'frozen', units: 5, activation: 'relu', trainable: false }),
      tf.layers.dense({ name: 'a', units: 5, activation: 'tanh', kernelRegularizer: tf.regularizers.l2({ l2: 0.1 }) }),
      tf.layers.dense({ name: 'out', units: 2 }),
    );
  const recipe: Recipe = { epochs: 1, batchSize: 16, optimizer: 'momentum', learningRate: 0.5, chunk: 8 };

  test('are those of the optimizer, at the observed steps, of kernels that train', () => {
    const model = network();
    initialize(model.layers.slice(1), 1);
    const before = kernelOf(model, 'a');
    const run = trainRun(model, EXAMPLES, lessonOf(EXAMPLES, { observedSteps: [0, 1] }), recipe, new Map());
    const after = kernelOf(model, 'a');
    expect(run.updates!.map(({ site, step }) => [site, step])).toEqual([['a', 1], ['out', 1]]);
    const change = rmsOf(before.map((value, index) => after[index]! - value));
    expect(run.updates![0]!.ratio).toBeCloseTo(change / rmsOf(before), 5);
    // The first step of momentum is rate times gradient.
    expect(run.updates![0]!.gradient).toBeCloseTo(change / 0.5, 5);
    expect(run.initial!.map(({ site }) => site)).toEqual(['frozen', 'a', 'out']);
  });

  test('are not taken where nothing is observed, and change nothing', () => {
    const hashes = [[], [0, 1]].map((observedSteps) => {
      const model = network();
      initialize(model.layers.slice(1), 1);
      return trainRun(model, EXAMPLES, lessonOf(EXAMPLES, { observedSteps }), recipe, new Map());
    });
    expect(hashes[0]!.updates).toEqual([]);
    expect(hashes[0]!.weights).toBe(hashes[1]!.weights);
  });

  test('are counted as none where the gradient is, and as infinite where all was zero', () => {
    const model = chain([6], tf.layers.dense({ name: 'a', units: 5, activation: 'relu', biasInitializer: tf.initializers.constant({ value: -1e3 }) }), tf.layers.dense({ name: 'out', units: 2, kernelInitializer: 'zeros' }));
    const shifted = { ...EXAMPLES, values: EXAMPLES.values.slice() };
    const run = trainRun(model, shifted, lessonOf(shifted, { observedSteps: [0, 1] }), recipe, new Map());
    expect(run.updates!.find(({ site }) => site === 'a')).toMatchObject({ ratio: 0, gradient: 0 });
    expect(run.observations.find(({ site }) => site === 'a')!.deadUnits).toBe(1);
  });

  test('come with the penalty and the certainty of each epoch', () => {
    const model = network();
    initialize(model.layers.slice(1), 1);
    const squares = rmsOf(kernelOf(model, 'a')) ** 2 * 25;
    const { epochs } = trainRun(model, EXAMPLES, lessonOf(EXAMPLES), recipe, new Map());
    expect(epochs[0]!.penalty).toBeCloseTo(0.1 * squares, 5);
    expect(epochs[0]!.certainty).toBeGreaterThan(0.5);
    expect(epochs[0]!.certainty).toBeLessThanOrEqual(1);
    const { epochs: free } = trainRun(model, EXAMPLES, lessonOf(EXAMPLES), { ...recipe, penalties: false }, new Map());
    expect(free[0]!.penalty).toBeUndefined();
  });
});

test('dead units are those that are zero for every example and position', () => {
  const model = chain([6], tf.layers.dense({ name: 'a', units: 4, activation: 'relu' }), tf.layers.dense({ name: 'out', units: 2 }));
  model.getLayer('a').setWeights([tf.ones([6, 4]), tf.tensor1d([0, -1e3, 0, -1e3])]);
  const { observations } = trainRun(model, EXAMPLES, lessonOf(EXAMPLES, { observedSteps: [0] }), { epochs: 1, batchSize: 16, optimizer: 'sgd', learningRate: 1e-9, chunk: 8 }, new Map());
  expect(observations.find(({ site }) => site === 'a')!.deadUnits).toBe(0.5);
  expect(observations.find(({ site }) => site === 'out')!.deadUnits).toBeUndefined();
});
