import { tensorOf, view } from '../heap.ts';
import * as tf from '../tf.ts';
import { setKernel } from './registry.ts';

/**
 * Sums the rows of each segment: the gradient of `gather`, hence of embeddings. Stock wasm lacks it.
 * Rows whose segment is negative or too large are dropped, as in TensorFlow.
 */
export function installUnsortedSegmentSum(): void {
  setKernel(tf.UnsortedSegmentSum, 'wasm', segmentSum);
}

function segmentSum(
  { x, segmentIds }: { x: tf.Tensor; segmentIds: tf.Tensor },
  { numSegments }: tf.UnsortedSegmentSumAttrs,
): tf.Tensor {
  const rowShape = x.shape.slice(segmentIds.rank);
  const rowSize = tf.util.sizeFromShape(rowShape);
  const segments = segmentIds.dataSync<'int32'>();
  return tensorOf([numSegments, ...rowShape], (sums) => {
    const values = view(x);
    sums.fill(0);
    segments.forEach((segment, row) => {
      if (segment < 0 || segment >= numSegments) return;
      for (let i = 0; i < rowSize; i++) sums[segment * rowSize + i]! += values[row * rowSize + i]!;
    });
  });
}
