import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import { runFrozenBatchNormInInference } from '../../src/engine/batch-norm.ts';
import * as tf from '../../src/engine/tf.ts';
import type { Run } from '../../src/evidence/types.ts';
import { batchOf, type Examples } from '../../src/experiment/examples.ts';
import { learningTask } from '../../src/experiment/learning-tasks/choose.ts';
import { initialize } from '../../src/experiment/initialization.ts';
import { observe } from '../../src/experiment/observation.ts';
import { stepsToObserve } from '../../src/experiment/observed-steps.ts';
import { type Lesson, type Recipe, trainRun } from '../../src/experiment/training.ts';
import { easyExamples, lessonOf, RECIPE } from './examples.ts';
import { chain } from './network.ts';

beforeAll(() => startBackend('wasm'));

function run(model: tf.LayersModel, examples: Examples, lesson: Lesson = lessonOf(examples), recipe: Recipe = RECIPE): Run {
  return trainRun(model, examples, lesson, recipe, new Map());
}

/** A network with everything that could be disturbed: moving statistics, masks, a fused activation, a penalty. */
function delicate(): tf.LayersModel {
  return chain(
    [4, 4, 2],
    tf.layers.conv2d({ name: 'conv', filters: 3, kernelSize: 3, activation: 'relu', kernelRegularizer: tf.regularizers.l2({ l2: 0.01 }) }),
    tf.layers.batchNormalization({ name: 'norm' }),
    tf.layers.flatten({ name: 'flat' }),
    tf.layers.dropout({ name: 'drop', rate: 0.4 }),
    tf.layers.dense({ name: 'out', units: 2 }),
  );
}

function linear(size: number, classes = 2): { model: tf.LayersModel; layer: tf.layers.Layer } {
  const layer = tf.layers.dense({ name: 'out', units: classes });
  return { model: chain([size], layer), layer };
}

function numbers(tensor: tf.Tensor): number[] {
  return [...tensor.dataSync()];
}

describe('trainRun', () => {
  test('keeps the books: scores before the first update and after each epoch, outcomes at the end', () => {
    const examples = easyExamples(18, [4, 4, 2]);
    const { arm, seed, fold, epochs, outcomes, observations, nonFinite } = run(delicate(), examples);
    expect({ arm, seed, fold, nonFinite }).toEqual({ arm: 'normalized', seed: 1, fold: 0, nonFinite: null });
    expect(epochs.map(({ epoch, step }) => [epoch, step])).toEqual([[0, 0], [1, 3], [2, 6]]);
    expect(outcomes.examples).toEqual([12, 13, 14, 15, 16, 17]);
    expect(outcomes.scores.filter(Boolean).length / 6).toBe(epochs[2]!.validation.metric);
    expect(observations).toEqual([]);
  });

  test('the same again gives the same run, bit for bit; another seed another one', () => {
    const examples = easyExamples(18, [4, 4, 2]);
    const model = delicate();
    const again = (seed: number) => {
      initialize(model.layers.slice(1), 1);
      return run(model, examples, lessonOf(examples, { seed, observedSteps: [0, 1, 6] }));
    };
    const first = again(1);
    expect(first.weights).toMatch(/^[0-9a-f]{64}$/);
    expect(again(1)).toEqual(first);
    expect(again(2).weights).not.toBe(first.weights);
  });

  test('watching the layers changes nothing', () => {
    const examples = easyExamples(18, [4, 4, 2]);
    const model = delicate();
    const [blind, watched] = [[], [0, 1, 2, 3, 4, 5, 6]].map((observedSteps) => {
      initialize(model.layers.slice(1), 1);
      return run(model, examples, lessonOf(examples, { observedSteps }));
    });
    expect(watched!.observations.length).toBe(7 * 5 * 2);
    expect({ ...watched, observations: [], initial: [], updates: [] }).toEqual(blind);
  });

  test('a network that knows no modes is passed once, and seen as if by a pass of its own for inference', () => {
    const examples = easyExamples(18, [4, 4, 2]);
    const model = chain(
      [4, 4, 2],
      tf.layers.conv2d({ name: 'conv', filters: 3, kernelSize: 3, activation: 'relu' }),
      tf.layers.conv2d({ name: 'plain', filters: 3, kernelSize: 2, useBias: false }),
      tf.layers.batchNormalization({ name: 'norm', trainable: false }),
      tf.layers.flatten({ name: 'flat' }),
      tf.layers.dense({ name: 'hidden', units: 4, activation: 'tanh' }),
      tf.layers.dense({ name: 'out', units: 2 }),
    );
    runFrozenBatchNormInInference(model);
    const lesson = lessonOf(examples, { observedSteps: [0] });
    const { observations } = run(model, examples, lesson, { ...RECIPE, epochs: 0 });
    const batch = batchOf(examples, lesson.probe) as tf.Tensor;
    const alone = observe(model, { step: 0, mode: 'inference', callsBefore: new Map() }, () => model.apply(batch, { training: false }));
    expect(observations.filter(({ mode }) => mode === 'inference')).toEqual(alone);
    const training = observations.filter(({ mode }) => mode === 'training');
    expect(training.map(({ site }) => site)).toEqual(alone.map(({ site }) => site));
    expect(training.every(({ gradient }) => gradient !== null)).toBe(true);
  });

  test('a look leaves every weight as it was', () => {
    const examples = easyExamples(18, [4, 4, 2]);
    const model = delicate();
    const before = model.getWeights().map(numbers);
    const { observations } = run(model, examples, lessonOf(examples, { observedSteps: [0] }), { ...RECIPE, epochs: 0 });
    expect(observations.map(({ mode }) => mode)).toEqual([...Array<string>(5).fill('inference'), ...Array<string>(5).fill('training')]);
    expect(model.getWeights().map(numbers)).toEqual(before);
  });

  test('all arms of a seed see the same examples in the same order; each epoch sees each of its own once', () => {
    const seen = (scale: number, seed: number) => {
      const examples: Examples = { values: Float32Array.from({ length: 12 }, (_, index) => index * scale), shapes: [[1]], task: learningTask({ kind: 'labels', labels: new Int32Array(12), classes: 2 }, 'cross-entropy') };
      const { model, layer } = linear(1);
      const batches: number[][] = [];
      const call = layer.call.bind(layer);
      layer.call = (inputs, kwargs) => {
        if (kwargs.training) batches.push(numbers([inputs].flat()[0]!).map((value) => value / scale));
        return call(inputs, kwargs);
      };
      run(model, examples, lessonOf(examples, { seed, train: [0, 1, 2, 4, 6, 8, 9, 10, 11], validation: [3, 5, 7] }));
      return batches;
    };
    const batches = seen(1, 1);
    expect(seen(2 ** -6, 1)).toEqual(batches);
    expect(seen(1, 2)).not.toEqual(batches);
    expect(batches.map((batch) => batch.length)).toEqual([4, 4, 1, 4, 4, 1]);
    const epochs = [batches.slice(0, 3).flat(), batches.slice(3).flat()];
    expect(epochs[0]).not.toEqual(epochs[1]);
    for (const epoch of epochs) expect(epoch.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 4, 6, 8, 9, 10, 11]);
  });

  test('an update is a step down the gradient of mean cross-entropy and penalties', () => {
    const examples = easyExamples(6, [3], 2);
    const layer = tf.layers.dense({ name: 'out', units: 2, kernelRegularizer: tf.regularizers.l2({ l2: 0.05 }) });
    const model = chain([3], layer);
    const before = layer.getWeights()[0]!.arraySync() as number[][];
    run(model, examples, lessonOf(examples, { train: [0, 1, 2, 3], validation: [4, 5] }), { ...RECIPE, epochs: 1, batchSize: 4, learningRate: 0.3 });

    const gradient = before.map((row) => row.map((weight) => 2 * 0.05 * weight));
    for (const example of [0, 1, 2, 3]) {
      const x = examples.values.slice(example * 3, example * 3 + 3);
      const powers = [0, 1].map((unit) => Math.exp(before.reduce((sum, row, i) => sum + row[unit]! * x[i]!, 0)));
      const total = powers[0]! + powers[1]!;
      for (const unit of [0, 1]) {
        const error = powers[unit]! / total - (examples.labels[example] === unit ? 1 : 0);
        x.forEach((value, i) => (gradient[i]![unit]! += (error * value) / 4));
      }
    }
    const after = layer.getWeights()[0]!.arraySync() as number[][];
    after.forEach((row, i) => {
      row.forEach((weight, unit) => {
        expect(weight).toBeCloseTo(before[i]![unit]! - 0.3 * gradient[i]![unit]!, 6);
      });
    });
  });

  test.each(['sgd', 'momentum', 'adam', 'rmsprop', 'adagrad', 'adamax'] as const)('%s learns, and leaves no tensor behind', (optimizer) => {
    const examples = easyExamples(24, [4]);
    const { model, layer } = linear(4);
    initialize([layer], 1);
    const recipe: Recipe = { ...RECIPE, epochs: 15, optimizer, learningRate: 0.1 };
    const first = run(model, examples, lessonOf(examples), recipe);
    expect(first.epochs.at(-1)!.train.loss).toBeLessThan(0.7 * first.epochs[0]!.train.loss);
    const before = tf.memory().numTensors;
    run(model, examples, lessonOf(examples, { observedSteps: [0, 3] }), recipe);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a frozen BatchNorm keeps its statistics, a trainable one moves them', () => {
    const examples = easyExamples(18, [4]);
    const frozen = tf.layers.batchNormalization({ name: 'frozen', trainable: false });
    const trained = tf.layers.batchNormalization({ name: 'trained' });
    const model = chain([4], frozen, trained, tf.layers.dense({ name: 'out', units: 2 }));
    runFrozenBatchNormInInference(model);
    const before = [frozen, trained].map((layer) => layer.getWeights().map(numbers));
    run(model, examples, lessonOf(examples, { observedSteps: [0, 6] }));
    const after = [frozen, trained].map((layer) => layer.getWeights().map(numbers));
    expect(after[0]).toEqual(before[0]);
    after[1]!.forEach((weight, index) => {
      expect(weight).not.toEqual(before[1]![index]);
    });
  });

  test('frozen layers do not train', () => {
    const examples = easyExamples(18, [4]);
    const frozen = tf.layers.dense({ name: 'frozen', units: 4, trainable: false });
    const model = chain([4], frozen, tf.layers.dense({ name: 'out', units: 2 }));
    const before = frozen.getWeights().map(numbers);
    const { observations } = run(model, examples, lessonOf(examples, { observedSteps: [6] }));
    expect(frozen.getWeights().map(numbers)).toEqual(before);
    expect(observations.map(({ site, mode, gradient }) => [site, mode, gradient !== null])).toEqual([
      ['frozen', 'inference', false],
      ['out', 'inference', false],
      ['frozen', 'training', false],
      ['out', 'training', true],
    ]);
  });

  test('makes the layers as they were', () => {
    const model = delicate();
    run(model, easyExamples(18, [4, 4, 2]));
    for (const layer of model.layers) expect(Object.hasOwn(layer, 'call')).toBe(false);
  });
});

describe('what is not finite ends a run', () => {
  const network = () => chain([3], tf.layers.dense({ name: 'first', units: 3 }), tf.layers.dense({ name: 'out', units: 2 }));

  test('at the step and the layer where it appears', () => {
    const examples = easyExamples(12, [3]);
    const result = run(network(), examples, lessonOf(examples), { ...RECIPE, learningRate: 1e30 });
    // One update is done; then the weights are so large that products overflow.
    expect(result.nonFinite).toEqual({ step: 1, where: expect.stringMatching(/^(first|out)$/) as string });
    expect(result.epochs.at(-1)!.step).toBe(1);
    expect(result.epochs).toHaveLength(2);
  });

  test('also where the last update of all made it', () => {
    const examples = easyExamples(12, [3]);
    const result = run(network(), examples, lessonOf(examples), { ...RECIPE, epochs: 1, batchSize: 8, learningRate: 1e30 });
    expect(result.nonFinite).toEqual({ step: 1, where: expect.stringMatching(/^(first|out)$/) as string });
    expect(result.epochs.map(({ step }) => step)).toEqual([0, 1]);
  });

  test('before the first update, where the network starts with it; the layers are looked at all the same', () => {
    const model = network();
    model.getLayer('out').setWeights([tf.fill([3, 2], NaN), tf.zeros([2])]);
    const examples = easyExamples(12, [3]);
    const result = run(model, examples, lessonOf(examples, { observedSteps: [0, 1] }));
    expect(result).toMatchObject({ nonFinite: { step: 0, where: 'out' } });
    expect(result.epochs).toHaveLength(1);
    expect(result.outcomes.scores).not.toContain(1);
    expect(result.observations.find(({ site }) => site === 'out')!.y.nonFinite).toBe(6 * 2);
  });

  test('a penalty that is not finite is found in the loss', () => {
    const layer = tf.layers.dense({ name: 'out', units: 2, kernelInitializer: tf.initializers.constant({ value: 1e25 }), kernelRegularizer: tf.regularizers.l2({ l2: 1 }) });
    const examples = easyExamples(12, [3]);
    expect(run(chain([3], layer), examples).nonFinite).toEqual({ step: 0, where: 'loss' });
  });
});

describe('stepsToObserve', () => {
  test('0, powers of two, and the last step of each epoch', () => {
    expect(stepsToObserve(13, 3)).toEqual([0, 1, 2, 4, 8, 13, 16, 26, 32, 39]);
    expect(stepsToObserve(1, 1)).toEqual([0, 1]);
  });

  test('ascends from 0 to the end without repetition', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }), (stepsPerEpoch, epochs) => {
        const steps = stepsToObserve(stepsPerEpoch, epochs);
        expect(steps[0]).toBe(0);
        expect(steps.at(-1)).toBe(stepsPerEpoch * epochs);
        steps.slice(1).forEach((step, index) => {
          expect(step).toBeGreaterThan(steps[index]!);
        });
        for (let epoch = 1; epoch <= epochs; epoch++) expect(steps).toContain(epoch * stepsPerEpoch);
      }),
    );
  });
});
