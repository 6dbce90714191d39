import { tensorOf } from '../engine/heap.ts';
import type * as tf from '../engine/tf.ts';
import type { LearningTask } from './learning-task.ts';

/** What a network is fed (images or trunk features), and what it is to make of it. */
export interface Examples {
  /** In row-major order, one row an example: the values of each of the network's inputs, one input after the other. */
  readonly values: Float32Array;
  /** Shape of one example at each input. */
  readonly shapes: readonly (readonly number[])[];
  readonly task: LearningTask;
}

/** The named examples as one batch, in that order: for each input of the network a tensor of shape [n, ...shape]. */
export function batchOf({ values, shapes }: Examples, indices: ArrayLike<number>): tf.Tensor | tf.Tensor[] {
  const sizes = shapes.map(sizeOf);
  const row = sizes.reduce((sum, size) => sum + size, 0);
  let start = 0;
  const tensors = shapes.map((shape, input) => {
    const size = sizes[input]!;
    const from = start;
    start += size;
    return tensorOf([indices.length, ...shape] as [number], (batch) => {
      for (let i = 0; i < indices.length; i++) batch.set(values.subarray(indices[i]! * row + from, indices[i]! * row + from + size), i * size);
    });
  });
  return tensors.length === 1 ? tensors[0]! : tensors;
}

/** Values of one example of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
