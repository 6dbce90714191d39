import type { Score } from '../evidence/types.ts';
import * as tf from '../engine/tf.ts';
import { batchOf, type Examples } from './examples.ts';

export interface Evaluation extends Score {
  /** In the order of `indices`. A prediction that is not a number is wrong. */
  readonly correct: readonly boolean[];
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
  for (let start = 0; start < all.length; start += chunk) {
    const part = all.slice(start, start + chunk);
    const logits = tf.tidy(() => (model.apply(batchOf(examples, part), { training: false }) as tf.Tensor).dataSync() as Float32Array);
    part.forEach((example, row) => {
      const scores = logits.subarray(row * examples.classes, (row + 1) * examples.classes);
      const label = examples.labels[example]!;
      loss += crossEntropy(scores, label);
      correct.push(scores.every((score, other) => other === label || score < scores[label]!));
    });
  }
  return { loss: loss / all.length, accuracy: correct.filter(Boolean).length / all.length, correct };
}

/** -log softmax(logits)[label], in nats. */
function crossEntropy(logits: Float32Array, label: number): number {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return largest + Math.log(sum) - logits[label]!;
}
