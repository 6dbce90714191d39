import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import * as tf from '../../src/engine/tf.ts';
import { evaluate as evaluateWith } from '../../src/experiment/evaluation.ts';
import { batchOf, type Examples } from '../../src/experiment/examples.ts';
import { learningTask } from '../../src/experiment/learning-tasks/choose.ts';
import { RecordedPasses } from '../../src/experiment/recorded-passes.ts';
import { chain } from './network.ts';

beforeAll(() => startBackend('wasm'));

/** A network that hands its input on: the examples are the logits. */
const identity = () => chain([3], tf.layers.activation({ activation: 'linear' }));

function examplesOf(logits: readonly (readonly number[])[], labels: readonly number[]): Examples {
  return { values: Float32Array.from(logits.flat()), shapes: [[3]], task: learningTask({ kind: 'labels', labels: Int32Array.from(labels), classes: 3 }, 'cross-entropy') };
}

function evaluate(model: tf.LayersModel, examples: Examples, indices: readonly number[], chunk: number) {
  const recorded = new RecordedPasses(model);
  try {
    return evaluateWith(model, examples, indices, chunk, recorded);
  } finally {
    recorded.dispose();
  }
}

describe('evaluate', () => {
  test('gives the mean cross-entropy and the share of right answers of any logits', () => {
    const model = identity();
    const logit = fc.float({ min: -80, max: 80, noNaN: true });
    const example = fc.record({ logits: fc.tuple(logit, logit, logit), label: fc.integer({ min: 0, max: 2 }) });
    fc.assert(
      fc.property(fc.array(example, { minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 10 }), (rows, chunk) => {
        const examples = examplesOf(rows.map(({ logits }) => logits), rows.map(({ label }) => label));
        const { loss, metric, scores } = evaluate(model, examples, [...rows.keys()], chunk);
        const losses = rows.map(({ logits, label }) => Math.log(logits.reduce((sum, other) => sum + Math.exp(other - logits[label]!), 0)));
        const mean = losses.reduce((sum, value) => sum + value, 0) / rows.length;
        expect(Math.abs(loss - mean)).toBeLessThanOrEqual(1e-9 * (1 + mean));
        expect(scores).toEqual(rows.map(({ logits, label }) => Number(logits.every((score, other) => other === label || score < logits[label]!))));
        expect(metric).toBe(scores.filter(Boolean).length / rows.length);
      }),
      { numRuns: 40 },
    );
  });

  test('a tie is no answer, and neither is what is not a number', () => {
    const examples = examplesOf([[1, 1, 0], [NaN, 2, 0], [0, 2, NaN], [0, 2, 1]], [0, 1, 1, 1]);
    expect(evaluate(identity(), examples, [0, 1, 2, 3], 4).scores).toEqual([0, 0, 0, 1]);
    expect(evaluate(identity(), examples, [1], 4).loss).toBeNaN();
  });

  test('judges the examples that are named, in their order', () => {
    const examples = examplesOf([[5, 0, 0], [5, 0, 0], [5, 0, 0]], [0, 1, 0]);
    expect(evaluate(identity(), examples, [2, 1], 1).scores).toEqual([1, 0]);
  });

  test('is done in inference mode, and leaves no tensor behind', () => {
    const model = chain([3], tf.layers.dropout({ rate: 0.9 }), tf.layers.batchNormalization());
    const examples = examplesOf([[5, 0, 0], [0, 5, 0]], [0, 1]);
    const before = tf.memory().numTensors;
    expect(evaluate(model, examples, [0, 1], 2).metric).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('batches hold the named examples, a tensor for each input', () => {
  const examples = examplesOf([[1, 2, 3], [4, 5, 6], [7, 8, 9]], [2, 0, 1]);
  const values = (batch: tf.Tensor | tf.Tensor[]) => [batch].flat().map((tensor) => tensor.arraySync());
  expect(values(batchOf(examples, [2, 0]))).toEqual([[[7, 8, 9], [1, 2, 3]]]);
  expect(values(batchOf({ ...examples, shapes: [[1, 3, 1]] }, [1]))).toEqual([[[[[4], [5], [6]]]]]);
  expect(values(batchOf({ ...examples, shapes: [[1], [2]] }, [2, 0]))).toEqual([[[7], [1]], [[8, 9], [2, 3]]]);
});
