import { tensorOf, view } from '../heap.ts';
import * as tf from '../tf.ts';
import { setKernel, stockKernel } from './registry.ts';

interface Inputs {
  x: tf.Tensor;
  indices: tf.Tensor;
}

/** Picking of rows, for each sample its own. Stock wasm then reads and writes elsewhere in memory. */
export function installGather(): void {
  const stock = stockKernel<Inputs, tf.GatherV2Attrs>(tf.GatherV2, 'wasm');
  setKernel(tf.GatherV2, 'wasm', ({ x, indices }: Inputs, attrs: tf.GatherV2Attrs) => {
    if (attrs.batchDims === 0 || x.dtype !== 'float32') return stock({ x, indices }, attrs);
    const { shape, rowSize, picks } = pickedRows(x, indices, attrs);
    return tensorOf(shape, (y) => {
      const values = view(x);
      picks.forEach((row, pick) => {
        for (let k = 0; k < rowSize; k++) y[pick * rowSize + k] = values[row * rowSize + k]!;
      });
    });
  });
}

/** Shape of what is picked, and of each row of it, in order, which row of x it is. */
export function pickedRows(
  x: tf.Tensor,
  indices: tf.Tensor,
  { axis, batchDims }: tf.GatherV2Attrs,
): { shape: number[]; rowSize: number; picks: readonly number[] } {
  const [along] = tf.util.parseAxisParam(axis, x.shape) as [number];
  const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, along, batchDims);
  const numbers = indices.dataSync<'int32'>();
  const outside = numbers.find((number) => number < 0 || number >= info.dimSize);
  if (outside !== undefined) throw new Error(`Row ${outside} was to be gathered of ${info.dimSize}.`);
  const perSample = numbers.length / info.batchSize;
  const picks: number[] = [];
  for (let block = 0; block < info.batchSize * info.outerSize; block++) {
    const first = Math.floor(block / info.outerSize) * perSample;
    for (let i = 0; i < perSample; i++) picks.push(block * info.dimSize + numbers[first + i]!);
  }
  return { shape: info.outputShape, rowSize: info.sliceSize, picks };
}
