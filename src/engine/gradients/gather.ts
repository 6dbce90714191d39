import { tensorOf, view } from '../heap.ts';
import { pickedRows } from '../kernels/gather.ts';
import * as tf from '../tf.ts';
import { defineGradient } from './define.ts';

type Saved = readonly [x: tf.Tensor, indices: tf.Tensor];

/** Picking of rows, for each sample its own: each error goes back to its row. Core knows one axis of samples. */
export function installGatherGradient(): void {
  const { gradFunc } = tf.getGradient(tf.GatherV2);
  defineGradient(tf.GatherV2, ['x', 'indices'], (dy, [x, indices]: Saved, attrs: tf.GatherV2Attrs) => {
    if (attrs.batchDims === 0) return gradFunc(dy, [x, indices], { ...attrs });
    return { x: () => addedToRows(dy, x, indices, attrs), indices: () => tf.zeros(indices.shape) };
  });
}

function addedToRows(dy: tf.Tensor, x: tf.Tensor, indices: tf.Tensor, attrs: tf.GatherV2Attrs): tf.Tensor {
  const { rowSize, picks } = pickedRows(x, indices, attrs);
  return tensorOf(x.shape, (dx) => {
    const errors = view(dy);
    dx.fill(0);
    picks.forEach((row, pick) => {
      for (let k = 0; k < rowSize; k++) dx[row * rowSize + k]! += errors[pick * rowSize + k]!;
    });
  });
}
