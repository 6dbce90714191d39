import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import { Recording } from '../../src/engine/recording.ts';
import * as tf from '../../src/engine/tf.ts';
import { trainableVariables } from '../../src/engine/variables.ts';
import type { Run } from '../../src/evidence/types.ts';
import { initialize } from '../../src/experiment/initialization.ts';
import { RecordedGradients } from '../../src/experiment/recorded-gradients.ts';
import { trainRun } from '../../src/experiment/training.ts';
import { easyExamples, lessonOf, RECIPE } from './examples.ts';
import { chain } from './network.ts';

beforeAll(() => startBackend('wasm'));
afterEach(() => { vi.restoreAllMocks(); });

const LAYERS: Record<string, () => tf.layers.Layer[]> = {
  'a dense head': () => [tf.layers.flatten(), tf.layers.dense({ units: 5, activation: 'relu', kernelRegularizer: 'l1l2' }), tf.layers.dense({ units: 2 })],
  'a small CNN': () => [tf.layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu' }), tf.layers.globalAveragePooling2d({}), tf.layers.dense({ units: 2 })],
  'a dropout': () => [tf.layers.flatten(), tf.layers.dropout({ rate: 0.5 }), tf.layers.dense({ units: 2 })],
  'a BatchNormalization': () => [tf.layers.flatten(), tf.layers.dense({ units: 5 }), tf.layers.batchNormalization(), tf.layers.dense({ units: 2 })],
};

/** A run, and how many updates were played. */
function train(make: () => tf.layers.Layer[], observedSteps: readonly number[] = [], clipNorm?: number): { run: Run; played: number } {
  const layers = make();
  const model = chain([4, 4, 2], ...layers);
  initialize(layers.map((layer, index) => Object.assign(layer, { name: `layer_${index}` })), 1);
  const play = vi.spyOn(Recording.prototype, 'play');
  const examples = easyExamples(30, [4, 4, 2]);
  const run = trainRun(model, examples, lessonOf(examples, { observedSteps }), { ...RECIPE, epochs: 6, clipNorm }, new Map());
  return { run, played: play.mock.calls.length };
}

describe.each(Object.entries(LAYERS))('the run of a network with %s', (name, make) => {
  test('is the same, bit for bit, as by TensorFlow.js alone', () => {
    const { run, played } = train(make);
    vi.spyOn(RecordedGradients.prototype, 'observe').mockImplementation((_, compute) => compute());
    expect(train(make).run).toEqual(run);
    const steps = run.epochs.at(-1)!.step;
    if (name === 'a dropout' || name === 'a BatchNormalization') expect(played).toBe(0);
    else expect(played).toBeGreaterThan(steps / 2);
  });

  test('is the same with probes', () => {
    const { run } = train(make, [0, 1, 2, 3, 5, 8]);
    expect(run.observations.length).toBeGreaterThan(0);
    expect({ ...run, observations: [], initial: [], updates: [] }).toEqual(train(make).run);
  });
});

test('gradients are clipped as ever', () => {
  const make = LAYERS['a dense head']!;
  const { run } = train(make, [], 0.01);
  vi.spyOn(RecordedGradients.prototype, 'observe').mockImplementation((_, compute) => compute());
  expect(train(make, [], 0.01).run).toEqual(run);
  expect(train(make).run.weights).not.toBe(run.weights);
});

test('a recording that gives other bits on another batch is not used', () => {
  const model = chain([2], tf.layers.dense({ units: 1 }));
  const [weight] = trainableVariables(model);
  const gradients = new RecordedGradients(model);
  const batch = tf.ones([1, 2]);
  const targets = tf.ones([1, 1]);
  const step = (factor: number) => tf.tidy(() => gradients.observe([batch, targets], () => tf.variableGrads(() => tf.sum(tf.mul(tf.mul(weight!, factor), tf.sum(batch))), [weight!])).value.dataSync()[0]);
  step(1);
  step(2);
  expect(gradients.play(1, () => [batch, targets], () => undefined)).toBe(false);
});

test('an update whose loss is not finite ends the run as ever', () => {
  const layer = tf.layers.dense({ units: 2, name: 'out' });
  const model = chain([2], layer);
  const examples = { ...easyExamples(30, [2]), values: new Float32Array(60).fill(1e20) };
  initialize([layer], 1);
  const { nonFinite } = trainRun(model, examples, lessonOf(examples), { ...RECIPE, optimizer: 'sgd', learningRate: 1e18, epochs: 6 }, new Map());
  expect(nonFinite).not.toBeNull();
});
