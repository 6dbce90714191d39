import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import { layerClass } from '../../../src/engine/layers/classes.ts';
import { withSeed } from '../../../src/engine/seeding.ts';
import * as tf from '../../../src/engine/tf.ts';
import { trainableVariables } from '../../../src/engine/variables.ts';
import { normal } from '../arbitrary.ts';
import { filled, relativeError, toTensor, type Values } from '../reference/array.ts';
import { at, computed } from '../reference/indices.ts';
import { numericGradient } from '../reference/finite-differences.ts';
import { fromRegistry, madeOf } from './layer-case.ts';

const [BATCH, STEPS, FEATURES, UNITS] = [2, 4, 3, 5];

beforeAll(async () => {
  await startBackend('wasm');
});

describe('a GRU that resets after the product', () => {
  test.each([true, false])('computes what Keras computes, with bias: %s, and its gradients are the differences of that', (useBias) => {
    const random = normal(21);
    const x = filled([BATCH, STEPS, FEATURES], random);
    const weights = [filled([FEATURES, 3 * UNITS], random), filled([UNITS, 3 * UNITS], random), ...(useBias ? [filled([2, 3 * UNITS], random)] : [])];
    const projection = filled([BATCH, STEPS, UNITS], random);

    const input = tf.input({ shape: [STEPS, FEATURES] });
    const layer = fromRegistry('GRU', { units: UNITS, resetAfter: true, recurrentActivation: 'sigmoid', returnSequences: true, useBias });
    const model = tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
    expect(model.weights.map(({ shape }) => shape)).toEqual(weights.map(({ shape }) => shape));
    model.setWeights(weights.map((values) => toTensor(values)));

    const output = (model.predict(toTensor(x)) as tf.Tensor).dataSync();
    expect(relativeError(output, gru(x, weights).data)).toBeLessThan(1e-6);

    const variables = trainableVariables(model);
    const loss = () => tf.sum<tf.Scalar>(tf.mul(model.apply(toTensor(x)) as tf.Tensor, toTensor(projection)));
    const { grads } = tf.variableGrads(loss, variables);
    variables.forEach((variable, i) => {
      const expected = numericGradient((values) => gru(x, weights.with(i, values)), weights[i]!, projection);
      expect(relativeError(grads[variable.name]!.dataSync(), expected)).toBeLessThan(1e-5);
    });
  });

  test('is what a plain one is where the reset gate stays open and the recurrent bias is 0', () => {
    // A hard sigmoid of large numbers is 1: the product is then the same before and after the reset.
    const random = normal(22);
    const x = toTensor(filled([BATCH, STEPS, FEATURES], random));
    const [kernel, recurrent] = [filled([FEATURES, 3 * UNITS], random), filled([UNITS, 3 * UNITS], random)];
    const bias = computed([3 * UNITS], ([i]) => (i! >= UNITS && i! < 2 * UNITS ? 100 : 0));
    const both = computed([2, 3 * UNITS], ([row, i]) => (row === 0 ? at(bias, [i!]) : 0));
    const outputOf = (resetAfter: boolean, biases: Values) => {
      const layer = fromRegistry('GRU', { units: UNITS, resetAfter });
      layer.apply(x);
      layer.setWeights([kernel, recurrent, biases].map((values) => toTensor(values)));
      return (layer.apply(x) as tf.Tensor).dataSync();
    };
    expect(relativeError(outputOf(true, both), outputOf(false, bias))).toBeLessThan(1e-6);
  });

  test('is read from a config of Keras, alone, in a cell and in both directions, and written again', async () => {
    const config = { units: UNITS, resetAfter: true };
    expect(fromRegistry('GRU', config).getConfig().resetAfter).toBe(true);
    expect(fromRegistry('GRUCell', config).getConfig().resetAfter).toBe(true);
    expect(fromRegistry('GRU', { units: UNITS }).getConfig().resetAfter).toBe(false);

    const gru = madeOf(layerClass<tf.RNN>('GRU'), config);
    const model = tf.sequential({ layers: [tf.layers.bidirectional({ layer: gru, mergeMode: 'concat', inputShape: [STEPS, FEATURES] })] });
    const modelTopology = JSON.parse(model.toJSON() as string) as object;
    expect(JSON.stringify(modelTopology)).toContain('"reset_after":true');
    const copy = await tf.loadLayersModel({ load: () => Promise.resolve({ modelTopology }) });
    expect(copy.weights.map(({ shape }) => shape)).toEqual(model.weights.map(({ shape }) => shape));
    expect(copy.weights.filter(({ shape }) => String(shape) === String([2, 3 * UNITS]))).toHaveLength(2);
  });

  test('drops the same inputs at all steps of a sequence, others in the next, and none in inference', () => {
    const layer = fromRegistry('GRU', { units: UNITS, resetAfter: true, dropout: 0.5, recurrentDropout: 0.5, returnSequences: true });
    const x = tf.ones([1, STEPS, FEATURES]);
    layer.apply(x);
    const run = (seed: number, training: boolean) => withSeed(seed, 'dropout', () => (layer.apply(x, { training }) as tf.Tensor).dataSync().join());
    const first = run(1, true);
    expect(run(1, true)).toBe(first);
    expect(run(2, true)).not.toBe(first);
    expect(run(1, false)).toBe(run(2, false));
  });

  test('keeps no tensor from one sequence to the next but its masks', () => {
    const layer = fromRegistry('GRU', { units: UNITS, resetAfter: true, dropout: 0.5, recurrentDropout: 0.5 });
    const x = tf.ones([1, STEPS, FEATURES]);
    const run = () => {
      tf.tidy(() => { layer.apply(x, { training: true }); });
      return tf.memory().numTensors;
    };
    const after = run();
    for (let i = 0; i < 5; i++) run();
    expect(run()).toBe(after);
  });
});

/** The recurrence as gru.py of Keras has it (reset_after), state 0 before the first step. */
function gru(x: Values, [kernel, recurrent, bias]: readonly Values[]): Values {
  const sigmoid = (y: number) => 1 / (1 + Math.exp(-y));
  const states: number[][][] = [];
  for (let t = 0; t < STEPS; t++) {
    states.push(
      Array.from({ length: BATCH }, (_, n) => {
        const before = states[t - 1]?.[n] ?? Array<number>(UNITS).fill(0);
        const fromInput = (j: number) => sumOver(FEATURES, (i) => at(x, [n, t, i]) * at(kernel!, [i, j])) + (bias ? at(bias, [0, j]) : 0);
        const fromState = (j: number) => sumOver(UNITS, (i) => before[i]! * at(recurrent!, [i, j])) + (bias ? at(bias, [1, j]) : 0);
        return Array.from({ length: UNITS }, (__, u) => {
          const z = sigmoid(fromInput(u) + fromState(u));
          const r = sigmoid(fromInput(UNITS + u) + fromState(UNITS + u));
          const candidate = Math.tanh(fromInput(2 * UNITS + u) + r * fromState(2 * UNITS + u));
          return z * before[u]! + (1 - z) * candidate;
        });
      }),
    );
  }
  return computed([BATCH, STEPS, UNITS], ([n, t, u]) => states[t!]![n!]![u!]!);
}

function sumOver(count: number, term: (i: number) => number): number {
  return Array.from({ length: count }, (_, i) => term(i)).reduce((sum, value) => sum + value, 0);
}
