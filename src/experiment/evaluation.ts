import * as tf from '../engine/tf.ts';
import { batchOf, type Examples } from './examples.ts';
import type { Evaluation } from './learning-task.ts';
import type { RecordedPasses } from './recorded-passes.ts';

/**
 * Loss and metric in inference mode, without penalties. The loss is summed in double precision.
 *
 * @param chunk examples that go through the network at once
 * @param recorded passes of this model
 */
export function evaluate(model: tf.LayersModel, examples: Examples, indices: ArrayLike<number>, chunk: number, recorded: RecordedPasses): Evaluation {
  const all = Array.from(indices);
  const grading = examples.task.grading();
  for (let start = 0; start < all.length; start += chunk) {
    const part = all.slice(start, start + chunk);
    tf.tidy(() => {
      const batch = batchOf(examples, part);
      grading.add(recorded.output(String(part.length), [batch].flat(), () => model.apply(batch, { training: false }) as tf.Tensor), part);
    });
  }
  return grading.result();
}
