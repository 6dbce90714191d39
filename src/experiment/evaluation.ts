import * as tf from '../engine/tf.ts';
import { batchOf, type Examples } from './examples.ts';
import type { Evaluation } from './learning-task.ts';

/**
 * Loss and metric in inference mode, without penalties. The loss is summed in double precision.
 *
 * @param chunk examples that go through the network at once
 */
export function evaluate(model: tf.LayersModel, examples: Examples, indices: ArrayLike<number>, chunk: number): Evaluation {
  const all = Array.from(indices);
  const grading = examples.task.grading();
  for (let start = 0; start < all.length; start += chunk) {
    const part = all.slice(start, start + chunk);
    tf.tidy(() => {
      grading.add(model.apply(batchOf(examples, part), { training: false }) as tf.Tensor, part);
    });
  }
  return grading.result();
}
