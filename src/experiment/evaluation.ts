import type { Score } from '../evidence/types.ts';
import * as tf from '../engine/tf.ts';
import { batchOf, type Examples } from './examples.ts';

export interface Evaluation extends Score {
  /** In the order of `indices`. A prediction that is not a number is wrong. */
  readonly correct: readonly boolean[];
  /** Mean over the examples of the largest probability. */
  readonly certainty: number;
}

/**
 * Loss and accuracy in inference mode. The cross-entropy is summed in double precision.
 *
 * @param chunk examples that go through the network at once
 */
export function evaluate(model: tf.LayersModel, examples: Examples, indices: ArrayLike<number>, chunk: number): Evaluation {
  const all = Array.from(indices);
  const correct: boolean[] = [];
  let loss = 0;
  let certainty = 0;
  for (let start = 0; start < all.length; start += chunk) {
    const part = all.slice(start, start + chunk);
    const logits = tf.tidy(() => (model.apply(batchOf(examples, part), { training: false }) as tf.Tensor).dataSync() as Float32Array);
    part.forEach((example, row) => {
      const scores = logits.subarray(row * examples.classes, (row + 1) * examples.classes);
      const label = examples.labels[example]!;
      const { largest, logSum } = logSumExp(scores);
      // -log softmax(logits)[label], in nats.
      loss += logSum - scores[label]!;
      certainty += Math.exp(largest - logSum);
      correct.push(scores.every((score, other) => other === label || score < scores[label]!));
    });
  }
  return { loss: loss / all.length, accuracy: correct.filter(Boolean).length / all.length, correct, certainty: certainty / all.length };
}

function logSumExp(logits: Float32Array): { readonly largest: number; readonly logSum: number } {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return { largest, logSum: largest + Math.log(sum) };
}
