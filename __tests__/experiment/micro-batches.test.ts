import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import { heapBytes } from '../../src/engine/memory.ts';
import * as tf from '../../src/engine/tf.ts';
import { initialize } from '../../src/experiment/initialization.ts';
import type { LearningTask } from '../../src/experiment/learning-task.ts';
import { type Lesson, type Recipe, trainRun } from '../../src/experiment/training.ts';
import { easyExamples, lessonOf } from './examples.ts';
import { chain } from './network.ts';

beforeAll(() => startBackend('wasm'));

const EXAMPLES = easyExamples(36, [6, 6, 2]);
/** Plain gradient descent at rate 1: what a step takes from the weights is the gradient. */
const RECIPE: Recipe = { epochs: 1, batchSize: 24, optimizer: 'sgd', learningRate: 1, chunk: 8 };

function network(): tf.LayersModel {
  return chain(
    [6, 6, 2],
    tf.layers.conv2d({ name: 'conv', filters: 4, kernelSize: 3, activation: 'relu', kernelRegularizer: tf.regularizers.l2({ l2: 0.05 }) }),
    tf.layers.depthwiseConv2d({ name: 'depthwise', kernelSize: 2, activation: 'tanh' }),
    tf.layers.flatten({ name: 'flat' }),
    tf.layers.dense({ name: 'out', units: 2, kernelRegularizer: tf.regularizers.l1({ l1: 0.01 }) }),
  );
}

function values(model: tf.LayersModel): number[] {
  return model.getWeights().flatMap((weight) => [...weight.dataSync()]);
}

/** What training takes from the weights. */
function change(model: tf.LayersModel, lesson: Partial<Lesson>, recipe = RECIPE): number[] {
  initialize(model.layers.slice(1), 1);
  const before = values(model);
  trainRun(model, EXAMPLES, lessonOf(EXAMPLES, lesson), recipe, new Map());
  return values(model).map((value, index) => before[index]! - value);
}

/** Largest difference, as a share of the largest value. */
function distance(a: readonly number[], b: readonly number[]): number {
  const largest = Math.max(...b.map(Math.abs));
  expect(largest).toBeGreaterThan(0.01);
  return Math.max(...a.map((value, index) => Math.abs(value - b[index]!))) / largest;
}

describe('a batch in parts', () => {
  test('has the gradient of the whole, whatever the parts, the last one smaller or not', () => {
    const model = network();
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 24 }), fc.integer({ min: 1, max: 24 }), (images, microBatch) => {
        const train = Array.from({ length: images }, (_, index) => index);
        expect(distance(change(model, { train, microBatch }), change(model, { train }))).toBeLessThan(1e-5);
      }),
      { numRuns: 30, examples: [[24, 8], [24, 7], [23, 5], [13, 12], [5, 1]] },
    );
  });

  test('counts examples, not parts: equal weight for each part would be another gradient', () => {
    const model = network();
    const train = [0, 1, 2, 3, 4];
    const whole = change(model, { train });
    const [first, second] = [train.slice(0, 4), train.slice(4)].map((part) => change(model, { train: part }));
    const mean = first!.map((value, index) => (value + second![index]!) / 2);
    expect(distance(mean, whole)).toBeGreaterThan(1e-3);
  });

  test('as large as the batch changes no bit', () => {
    const model = network();
    const run = (microBatch?: number) => {
      initialize(model.layers.slice(1), 1);
      return trainRun(model, EXAMPLES, lessonOf(EXAMPLES, microBatch === undefined ? {} : { microBatch }), { ...RECIPE, learningRate: 0.1 }, new Map());
    };
    expect(run(24)).toEqual(run());
    expect(run(9).weights).not.toBe(run().weights);
    expect(run(9)).toEqual(run(9));
  });

  test('draws other dropout masks for each part, and the same ones again', () => {
    const masks: number[][] = [];
    const layer = tf.layers.dropout({ name: 'drop', rate: 0.5 });
    const model = chain([6, 6, 2], layer, tf.layers.flatten({ name: 'flat' }), tf.layers.dense({ name: 'out', units: 2 }));
    const call = layer.call.bind(layer);
    layer.call = (inputs, kwargs) => {
      const output = call(inputs, kwargs);
      if (kwargs.training) masks.push([...[output].flat()[0]!.dataSync()].map((value) => (value === 0 ? 0 : 1)));
      return output;
    };
    const train = Array.from({ length: 12 }, (_, index) => index);
    change(model, { train, microBatch: 6 });
    expect(masks).toHaveLength(2);
    expect(masks[0]).not.toEqual(masks[1]);
    change(model, { train, microBatch: 6 });
    expect(masks.slice(2)).toEqual(masks.slice(0, 2));
  });

  test('with a loss that is not finite ends the run without an update, and leaves no tensor behind', () => {
    const model = network();
    const [, conv] = model.layers as [tf.layers.Layer, tf.layers.Layer];
    const call = conv.call.bind(conv);
    let passes = 0;
    // From the second part of the first batch on.
    conv.call = (inputs, kwargs) => {
      const output = call(inputs, kwargs) as tf.Tensor;
      return kwargs.training && ++passes > 1 ? tf.mul(output, NaN) : output;
    };
    initialize(model.layers.slice(1), 1);
    const before = { tensors: tf.memory().numTensors, weights: values(model) };
    const { nonFinite } = trainRun(model, EXAMPLES, lessonOf(EXAMPLES, { microBatch: 10 }), RECIPE, new Map());
    expect(nonFinite).toEqual({ step: 0, where: 'conv' });
    expect(passes).toBe(3);
    expect(values(model)).toEqual(before.weights);
    expect(tf.memory().numTensors).toBe(before.tensors);
  });
});

describe('memory', () => {
  test.each([24, 7])('is the same after 200 steps as after 20, in parts of %i', (microBatch) => {
    const model = chain(
      [6, 6, 2],
      tf.layers.conv2d({ name: 'conv', filters: 4, kernelSize: 3, activation: 'relu' }),
      tf.layers.batchNormalization({ name: 'norm', trainable: microBatch === 24 }),
      tf.layers.dropout({ name: 'drop', rate: 0.2 }),
      tf.layers.timeDistributed({ name: 'rows', layer: tf.layers.flatten() }),
      tf.layers.lstm({ name: 'lstm', units: 3 }),
      tf.layers.dense({ name: 'out', units: 2 }),
    );
    const after: Record<number, object> = {};
    const lesson = lessonOf(EXAMPLES, { microBatch, observedSteps: [0, 1, 5, 19, 100, 199] });
    let scores = 0;
    // After each epoch, which is one step, what was trained on is scored, and then the rest.
    const grading = () => {
      if (scores++ % 2 === 0) {
        const { numTensors, numBytes, numDataBuffers } = tf.memory();
        after[scores >> 1] = { numTensors, numBytes, numDataBuffers, heap: heapBytes() };
      }
      return EXAMPLES.task.grading();
    };
    const task = Object.assign(Object.create(EXAMPLES.task) as LearningTask, { grading });
    trainRun(model, { ...EXAMPLES, task }, lesson, { ...RECIPE, epochs: 200, optimizer: 'adam', learningRate: 0.01, chunk: 24 }, new Map());
    expect(scores).toBe(402);
    expect(after[200]).toEqual(after[20]);
  });
});
