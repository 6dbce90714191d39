import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import * as tf from '../../src/engine/tf.ts';
import type { Amendment, Remedy } from '../../src/evidence/remedy.ts';
import { amendedRecipe, amendLayers, overridesOf } from '../../src/experiment/amendment.ts';
import { initialize } from '../../src/experiment/initialization.ts';
import { type Recipe, trainRun } from '../../src/experiment/training.ts';
import { easyExamples, lessonOf } from './examples.ts';
import { chain } from './network.ts';

beforeAll(() => startBackend('wasm'));

const EXAMPLES = easyExamples(24, [6]);
/** One step of plain gradient descent at rate 1: what it takes from the weights is the gradient. */
const RECIPE: Recipe = { epochs: 1, batchSize: 16, optimizer: 'sgd', learningRate: 1, chunk: 8 };

function remedy(amendment: Amendment, sites: readonly string[] = []): Remedy {
  return { rule: 'not-learning', change: 'changed', sites, amendment };
}

function network(): tf.LayersModel {
  return chain(
    [6],
    tf.layers.dense({ name: 'a', units: 5, activation: 'relu', trainable: false }),
    tf.layers.dense({ name: 'b', units: 5, kernelRegularizer: tf.regularizers.l2({ l2: 10 }) }),
    tf.layers.reLU({ name: 'rectified' }),
    tf.layers.dropout({ name: 'drop', rate: 0.9 }),
    tf.layers.dense({ name: 'out', units: 2 }),
  );
}

/** What one run with a remedy takes from the weights, by layer. */
function changes(model: tf.LayersModel, given: Remedy | null): Record<string, number[]> {
  initialize(model.layers.slice(1), 1, overridesOf(given));
  const values = () => Object.fromEntries(model.layers.map((layer) => [layer.name, layer.getWeights().flatMap((weight) => [...weight.dataSync()])]));
  const before = values();
  const restore = amendLayers(model, given);
  trainRun(model, EXAMPLES, lessonOf(EXAMPLES), amendedRecipe(RECIPE, given), new Map());
  restore();
  const after = values();
  return Object.fromEntries(Object.entries(before).map(([name, weights]) => [name, weights.map((value, index) => value - after[name]![index]!)]));
}

const norm = (values: readonly number[]) => Math.hypot(...values);
const outputOf = (model: tf.LayersModel) => tf.tidy(() => [...(model.apply(tf.linspace(-1, 1, 12).reshape([2, 6])) as tf.Tensor).dataSync()]);

describe('a remedy', () => {
  test('of the rate scales the step', () => {
    const [plain, slow] = [null, remedy({ kind: 'learning-rate', rate: 0.1 })].map((given) => changes(network(), given)) as [Record<string, number[]>, Record<string, number[]>];
    slow.out!.forEach((value, index) => {
      expect(value).toBeCloseTo(0.1 * plain.out![index]!, 5);
    });
  });

  test('of the norm scales all gradients alike, and only those that are too large', () => {
    const plain = Object.values(changes(network(), null)).flat();
    const clipped = Object.values(changes(network(), remedy({ kind: 'clip-norm', norm: 0.5 }))).flat();
    expect(norm(plain)).toBeGreaterThan(1);
    expect(norm(clipped)).toBeCloseTo(0.5, 4);
    clipped.forEach((value, index) => {
      expect(value).toBeCloseTo((plain[index]! * 0.5) / norm(plain), 5);
    });
    expect(Object.values(changes(network(), remedy({ kind: 'clip-norm', norm: 1e6 }))).flat()).toEqual(plain);
  });

  test('of frozen layers lets them train, for this run alone', () => {
    const model = network();
    expect(norm(changes(model, null).a!)).toBe(0);
    expect(norm(changes(model, remedy({ kind: 'unfreeze' }, ['a'])).a!)).toBeGreaterThan(0);
    expect(norm(changes(model, null).a!)).toBe(0);
  });

  test('without penalties leaves them out of the gradient', () => {
    const [plain, free] = [null, remedy({ kind: 'no-penalties' })].map((given) => norm(changes(network(), given).b!));
    expect(plain!).toBeGreaterThan(5 * free!);
  });

  test('of dropout drops another share', () => {
    const model = network();
    const restore = amendLayers(model, remedy({ kind: 'dropout', rate: 0 }, ['drop']));
    const output = tf.tidy(() => [...(model.apply(tf.ones([2, 6]), { training: true }) as tf.Tensor).dataSync()]);
    restore();
    expect(output.slice(0, 2)).toEqual(output.slice(2));
    expect((model.getLayer('drop') as unknown as { rate: number }).rate).toBe(0.9);
  });

  test.each(['a', 'rectified'])('of the activation replaces that of %s, and gives it back', (site) => {
    const model = network();
    const before = outputOf(model);
    const restore = amendLayers(model, remedy({ kind: 'activation', activation: 'elu' }, [site]));
    const amended = outputOf(model);
    restore();
    expect(amended).not.toEqual(before);
    expect(outputOf(model)).toEqual(before);
    const other = chain([6], tf.layers.dense({ name: 'only', units: 6, activation: 'relu' }));
    other.getLayer('only').setWeights([tf.eye(6), tf.zeros([6])]);
    const undo = amendLayers(other, remedy({ kind: 'activation', activation: 'hard-sigmoid' }, ['only']));
    expect(outputOf(other)[0]).toBeCloseTo(0.3, 6);
    undo();
  });

  test('of initial weights names layers by their sites, with each call of a shared one', () => {
    const amendment: Amendment = { kind: 'initializers', kernels: { 'a#2': 'heNormal' }, biases: { a: 'zeros', b: 'ones' } };
    expect(overridesOf(remedy(amendment))).toEqual({ a: { kernel: undefined, bias: 'zeros' }, b: { kernel: undefined, bias: 'ones' } });
  });
});
