import type { Outcomes, Score, TaskFacts, TrivialScore } from '../evidence/types.ts';
import type * as tf from '../engine/tf.ts';

/** What a network is to make of the examples: the loss that it is trained by, and how its answers are judged. */
export interface LearningTask {
  readonly facts: Pick<TaskFacts, 'kind' | 'metric' | 'loss'>;
  /** What the best answer to these examples scores that never looks at one. */
  trivial(examples: readonly number[]): TrivialScore;
  /** Shape of the network's output for one example. */
  readonly outputShape: readonly number[];
  /**
   * What a part of a batch adds to the batch's loss: the losses of the parts sum up to that of the whole.
   *
   * @param outputs of the network, shape [part.length, ...outputShape]
   * @param part examples that the outputs are for
   * @param batch all examples of the batch
   * @param targets of the part, where they have been made
   */
  loss(outputs: tf.Tensor, part: readonly number[], batch: readonly number[], targets?: tf.Tensor): tf.Scalar;
  /** All that the loss of a part knows of its examples, shape [part.length, ...]; absent where that is no one tensor. */
  targets?(part: readonly number[], batch: readonly number[]): tf.Tensor | undefined;
  /** Judges answers that come bit by bit. */
  grading(): Grading;
}

export interface Grading {
  /** Takes note of the outputs for some examples, shape [indices.length, ...outputShape]. */
  add(outputs: tf.Tensor, indices: readonly number[]): void;
  result(): Evaluation;
}

/** Scores in the order of the examples; what is not a number is no right answer. */
export interface Evaluation extends Score, Omit<Outcomes, 'examples'> {
  /** Mean over the examples of the largest probability, where one class is chosen for each. */
  readonly certainty?: number;
}
