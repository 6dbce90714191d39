import { tensorOf, view } from '../heap.ts';
import * as tf from '../tf.ts';
import { setKernel, stockKernel } from './registry.ts';

interface Inputs {
  x: tf.Tensor;
}

/**
 * Every so many elements of a range, along each axis. Stock wasm takes the strides and beginnings of other axes where
 * a single element was picked along one before.
 */
export function installStridedSlice(): void {
  const stock = stockKernel<Inputs, tf.StridedSliceAttrs>(tf.StridedSlice, 'wasm');
  setKernel(tf.StridedSlice, 'wasm', ({ x }: Inputs, attrs: tf.StridedSliceAttrs) => {
    if (x.dtype !== 'float32' || attrs.shrinkAxisMask === 0) return stock({ x }, attrs);
    const { shape, places } = slicedPlaces(x.shape, attrs);
    return tensorOf(shape, (y) => {
      const values = view(x);
      let next = 0;
      const visit = (axis: number, offset: number): void => {
        if (axis === places.length) y[next++] = values[offset]!;
        else for (const place of places[axis]!) visit(axis + 1, offset * x.shape[axis]! + place);
      };
      visit(0, 0);
    });
  });
}

/** Shape of a slice, and for each axis of the input which places along it the slice takes, in order. */
export function slicedPlaces(inputShape: number[], attrs: tf.StridedSliceAttrs): { shape: number[]; places: readonly number[][] } {
  const { begin, end, strides, finalShape } = tf.slice_util.sliceInfo(
    inputShape, attrs.begin, attrs.end, attrs.strides,
    attrs.beginMask, attrs.endMask, attrs.ellipsisMask, attrs.newAxisMask, attrs.shrinkAxisMask,
  );
  const places = begin.map((first, axis) => {
    const stride = strides[axis]!;
    return Array.from({ length: Math.max(0, Math.ceil((end[axis]! - first) / stride)) }, (_, i) => first + i * stride);
  });
  return { shape: finalShape, places };
}
