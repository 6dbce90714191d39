import * as tf from '../engine/tf.ts';

/** Inputs of a network (images or trunk features) in row-major order, one row an example. */
export interface Examples {
  /** Length: number of examples times the product of `shape`. */
  readonly values: Float32Array;
  /** Shape of one example. */
  readonly shape: readonly number[];
  readonly labels: Int32Array;
  readonly classes: number;
}

/** The named examples as one batch, in that order. Shape [n, ...shape]. */
export function batchOf({ values, shape }: Examples, indices: ArrayLike<number>): tf.Tensor {
  const row = shape.reduce((product, side) => product * side, 1);
  const batch = new Float32Array(indices.length * row);
  for (let i = 0; i < indices.length; i++) batch.set(values.subarray(indices[i]! * row, (indices[i]! + 1) * row), i * row);
  return tf.tensor(batch, [indices.length, ...shape]);
}

/** Their labels, one-hot. Shape [n, classes]. */
export function oneHotOf({ labels, classes }: Examples, indices: ArrayLike<number>): tf.Tensor2D {
  const rows = new Float32Array(indices.length * classes);
  for (let i = 0; i < indices.length; i++) rows[i * classes + labels[indices[i]!]!] = 1;
  return tf.tensor2d(rows, [indices.length, classes]);
}
