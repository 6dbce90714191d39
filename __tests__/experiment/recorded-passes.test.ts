import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import { runFrozenBatchNormInInference } from '../../src/engine/batch-norm.ts';
import { Recording } from '../../src/engine/recording.ts';
import * as tf from '../../src/engine/tf.ts';
import { trainableVariables } from '../../src/engine/variables.ts';
import type { Run } from '../../src/evidence/types.ts';
import { initialize } from '../../src/experiment/initialization.ts';
import { RecordedPasses } from '../../src/experiment/recorded-passes.ts';
import { learningTask } from '../../src/experiment/learning-tasks/choose.ts';
import { type Lesson, type Recipe, trainRun } from '../../src/experiment/training.ts';
import { easyExamples, lessonOf, RECIPE } from './examples.ts';
import { chain } from './network.ts';

beforeAll(() => startBackend('wasm'));
afterEach(() => { vi.restoreAllMocks(); });

const LAYERS: Record<string, () => tf.layers.Layer[]> = {
  'a dense head': () => [tf.layers.flatten(), tf.layers.dense({ units: 5, activation: 'relu', kernelRegularizer: 'l1l2' }), tf.layers.dense({ units: 2 })],
  'a small CNN': () => [tf.layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu' }), tf.layers.globalAveragePooling2d({}), tf.layers.dense({ units: 2 })],
  'depthwise convolution and other activations': () => [
    tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', activation: 'elu' }),
    tf.layers.prelu(),
    tf.layers.averagePooling2d({ poolSize: 2 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 4, activation: 'sigmoid' }),
    tf.layers.layerNormalization(),
    tf.layers.layerNormalization(),
    tf.layers.dense({ units: 2 }),
  ],
  'BatchNormalization': () => [
    tf.layers.conv2d({ filters: 3, kernelSize: 3, useBias: false }),
    tf.layers.batchNormalization(),
    tf.layers.reLU(),
    tf.layers.flatten(),
    tf.layers.batchNormalization({ scale: false, center: false }),
    tf.layers.dense({ units: 2 }),
  ],
  'a frozen BatchNormalization': () => [tf.layers.flatten(), tf.layers.dense({ units: 5 }), tf.layers.batchNormalization({ trainable: false }), tf.layers.dense({ units: 2 })],
};

const CHANCE = () => [tf.layers.flatten(), tf.layers.dropout({ rate: 0.5 }), tf.layers.dense({ units: 2 })];

interface Ways {
  readonly recipe?: Partial<Recipe>;
  readonly lesson?: Partial<Lesson>;
}

/** A run, and how many passes were played, those included that were compared. */
function train(make: () => tf.layers.Layer[], { recipe, lesson }: Ways = {}): { run: Run; played: number } {
  const layers = make();
  const model = chain([4, 4, 2], ...layers);
  runFrozenBatchNormInInference(model);
  initialize(layers.map((layer, index) => Object.assign(layer, { name: `layer_${index}` })), 1);
  const play = vi.spyOn(Recording.prototype, 'play');
  play.mockClear();
  const examples = easyExamples(30, [4, 4, 2]);
  const run = trainRun(model, examples, lessonOf(examples, lesson), { ...RECIPE, epochs: 6, ...recipe }, new Map());
  return { run, played: play.mock.calls.length };
}

/** Thirty examples are scored in parts of five; the first of all is recorded. */
function scoresPlayed(run: Run): number {
  return 6 * run.epochs.length - 1;
}

function computePlainly() {
  return [
    vi.spyOn(RecordedPasses.prototype, 'gradients').mockImplementation((_what, _inputs, compute) => compute()),
    vi.spyOn(RecordedPasses.prototype, 'output').mockImplementation((_what, _inputs, compute) => compute()),
  ];
}

/** The same by TensorFlow.js alone. */
function trainPlainly(make: () => tf.layers.Layer[], ways: Ways = {}): Run {
  const spies = computePlainly();
  const { run, played } = train(make, ways);
  for (const spy of spies) spy.mockRestore();
  expect(played).toBe(0);
  return run;
}

describe.each(Object.entries(LAYERS))('the run of a network with %s', (_, make) => {
  test('is the same, bit for bit, as by TensorFlow.js alone', () => {
    const { run, played } = train(make);
    expect(run).toEqual(trainPlainly(make));
    expect(played).toBe(scoresPlayed(run) + run.epochs.at(-1)!.step - 1);
  });

  test('is the same with probes', () => {
    const watched = { lesson: { observedSteps: [0, 1, 2, 3, 5, 8] } };
    const { run } = train(make, watched);
    expect(run.observations.length).toBeGreaterThan(0);
    expect(run).toEqual(trainPlainly(make, watched));
    expect({ ...run, observations: [], initial: [], updates: [] }).toEqual(train(make).run);
  });
});

const WAYS: [string, Ways][] = [
  ['clipped gradients', { recipe: { clipNorm: 0.01 } }],
  ['gradients of parts, of two sizes, and batches of two sizes', { lesson: { microBatch: 5 }, recipe: { batchSize: 7, epochs: 12 } }],
  ['no penalties', { recipe: { penalties: false } }],
  ...(['sgd', 'momentum', 'adam', 'adamax', 'rmsprop', 'adagrad'] as const).map((optimizer): [string, Ways] => [optimizer, { recipe: { optimizer } }]),
];

test.each(WAYS)('with %s, a run is the same, bit for bit, as by TensorFlow.js alone', (_, ways) => {
  const make = LAYERS['a dense head']!;
  const { run, played } = train(make, ways);
  expect(run).toEqual(trainPlainly(make, ways));
  expect(played).toBeGreaterThan(scoresPlayed(run) + 1);
});

test('clipping changes something here', () => {
  const make = LAYERS['a dense head']!;
  expect(train(make).run.weights).not.toBe(train(make, { recipe: { clipNorm: 0.01 } }).run.weights);
});

test('numbers are told by what they are', () => {
  const values = (seed: number) => Float32Array.from({ length: 60 }, (_, i) => Math.sin(i * seed));
  const examples = { ...easyExamples(30, [2]), values: values(1), task: learningTask({ kind: 'targets', values: values(2), width: 2 }, 'mean-squared-error') };
  const run = () => {
    const layer = tf.layers.dense({ units: 2, name: 'out' });
    const model = chain([2], layer);
    initialize([layer], 1);
    return trainRun(model, examples, lessonOf(examples), { ...RECIPE, epochs: 6 }, new Map());
  };
  const played = run();
  computePlainly();
  expect(run()).toEqual(played);
});

test('no update that draws from chance is played', () => {
  const { run, played } = train(CHANCE);
  expect(played).toBe(scoresPlayed(run));
  expect(run).toEqual(trainPlainly(CHANCE));
});

test('two hundred updates take no more memory than twenty', () => {
  const heap = (epochs: number) => {
    const before = [tf.memory().numTensors, tf.engine().backend.numDataIds()];
    train(LAYERS.BatchNormalization!, { recipe: { epochs } });
    return [tf.memory().numTensors - before[0]!, tf.engine().backend.numDataIds() - before[1]!];
  };
  heap(1);
  expect(heap(70)).toEqual(heap(7));
});

test('a recording that gives other bits on another batch is not used', () => {
  const model = chain([2], tf.layers.dense({ units: 1 }));
  const [weight] = trainableVariables(model);
  const gradients = new RecordedPasses(model);
  const play = vi.spyOn(Recording.prototype, 'play');
  const batch = tf.ones([1, 2]);
  const step = (factor: number) => tf.tidy(() => gradients.gradients('', [batch], () => tf.variableGrads(() => tf.sum(tf.mul(tf.mul(weight!, factor), tf.sum(batch))), [weight!])).grads[weight!.name]!.dataSync()[0]);
  expect([1, 2, 3, 4].map(step)).toEqual([2, 4, 6, 8]);
  expect(play).toHaveBeenCalledTimes(1);
});

test('an update whose loss is not finite ends the run as ever', () => {
  const layer = tf.layers.dense({ units: 2, name: 'out' });
  const model = chain([2], layer);
  const examples = { ...easyExamples(30, [2]), values: new Float32Array(60).fill(1e20) };
  initialize([layer], 1);
  const { nonFinite } = trainRun(model, examples, lessonOf(examples), { ...RECIPE, optimizer: 'sgd', learningRate: 1e18, epochs: 6 }, new Map());
  expect(nonFinite).not.toBeNull();
});
