import { defineGradient } from '../gradients/define.ts';
import { runKernel, setKernel } from '../kernels/registry.ts';
import * as tf from '../tf.ts';
import { fold, rowLengthOf, unfold } from './unfold.ts';
import { type VolumeWindows, volumeWindowsOf } from './windows.ts';

type Shape5D = [number, number, number, number, number];

type Attrs = Pick<tf.Conv3DAttrs, 'strides' | 'pad'> & { dilations?: tf.Conv3DAttrs['dilations'] };

/** Values that are laid out at a time: 16 MB. */
const MOST_UNFOLDED = 2 ** 22;

/**
 * Convolution of volumes and its gradients as matrix products. Stock wasm loops over single elements, shifts windows
 * that leave elements out, and computes other gradients by the input and by the filter.
 */
export function installConvolution(): void {
  setKernel(tf.Conv3D, 'wasm', ({ x, filter }: { x: tf.Tensor5D; filter: tf.Tensor5D }, attrs: Attrs) =>
    convolve(x, filter, attrs),
  );
  setKernel(
    tf.Conv3DBackpropInputV2,
    'wasm',
    ({ dy, filter }: { dy: tf.Tensor5D; filter: tf.Tensor5D }, { inputShape, ...attrs }: Attrs & { inputShape: Shape5D }) =>
      inputGradient(dy, filter, inputShape, attrs),
  );
  setKernel(
    tf.Conv3DBackpropFilterV2,
    'wasm',
    ({ x, dy }: { x: tf.Tensor5D; dy: tf.Tensor5D }, { filterShape, ...attrs }: Attrs & { filterShape: Shape5D }) =>
      filterGradient(x, dy, filterShape, attrs),
  );
}

/**
 * Gradients of the convolution, dilated too, which core refuses, and of the transposed convolution, for which it has
 * none; that is the gradient by the input, read as an operation of its own.
 */
export function installConvolutionGradients(): void {
  defineGradient(tf.Conv3D, ['x', 'filter'], (dy, [x, filter]: readonly [tf.Tensor5D, tf.Tensor5D], { strides, pad, dilations }: Attrs) => ({
    x: () => runKernel(tf.Conv3DBackpropInputV2, { dy, filter }, { strides, pad, dilations, inputShape: x.shape }),
    filter: () => runKernel(tf.Conv3DBackpropFilterV2, { x, dy }, { strides, pad, dilations, filterShape: filter.shape }),
  }));
  defineGradient(tf.Conv3DBackpropInputV2, ['dy', 'filter'], (error, [y, filter]: readonly [tf.Tensor5D, tf.Tensor5D], { strides, pad }: Attrs) => ({
    dy: () => tf.conv3d(error as tf.Tensor5D, filter, strides, pad),
    filter: () => runKernel(tf.Conv3DBackpropFilterV2, { x: error, dy: y }, { strides, pad, filterShape: filter.shape }),
  }));
}

function convolve(x: tf.Tensor5D, filter: tf.Tensor5D, attrs: Attrs): tf.Tensor {
  const { windows, outShape } = describe(x.shape, filter.shape, attrs);
  if (x.size === 0) return tf.zeros(outShape);
  return tf.tidy(() => {
    const matrix = tf.reshape(filter, [rowLengthOf(windows), filter.shape[4]]);
    const parts = inParts(windows, (from, to) => tf.matMul(unfold(x, windows, from, to), matrix));
    return tf.reshape(tf.concat(parts), outShape);
  });
}

function inputGradient(dy: tf.Tensor5D, filter: tf.Tensor5D, inputShape: Shape5D, attrs: Attrs): tf.Tensor {
  const { windows, outShape } = describe(inputShape, filter.shape, attrs);
  if (dy.size === 0) return tf.zeros(inputShape);
  const windowsOfOne = dy.size / outShape[0] / outShape[4];
  return tf.tidy(() => {
    const matrix = tf.reshape(filter, [rowLengthOf(windows), filter.shape[4]]);
    const errors = tf.reshape(dy, [-1, filter.shape[4]]);
    const parts = inParts(windows, (from, to) => {
      const some = tf.slice(errors, [from * windowsOfOne, 0], [(to - from) * windowsOfOne, -1]);
      return fold(tf.matMul(some, matrix, false, true), windows, to - from);
    });
    return tf.concat(parts);
  });
}

function filterGradient(x: tf.Tensor5D, dy: tf.Tensor5D, filterShape: Shape5D, attrs: Attrs): tf.Tensor {
  const { windows, outShape } = describe(x.shape, filterShape, attrs);
  if (dy.size === 0) return tf.zeros(filterShape);
  const windowsOfOne = dy.size / outShape[0] / outShape[4];
  return tf.tidy(() => {
    const errors = tf.reshape(dy, [-1, filterShape[4]]);
    const parts = inParts(windows, (from, to) => {
      const some = tf.slice(errors, [from * windowsOfOne, 0], [(to - from) * windowsOfOne, -1]);
      return tf.matMul(unfold(x, windows, from, to), some, true, false);
    });
    return tf.reshape(tf.addN(parts), filterShape);
  });
}

function describe(inputShape: Shape5D, filterShape: Shape5D, { strides, pad, dilations = 1 }: Attrs): { windows: VolumeWindows; outShape: Shape5D } {
  const info = tf.backend_util.computeConv3DInfo(inputShape, filterShape, strides, dilations, pad);
  return { windows: volumeWindowsOf(info), outShape: info.outShape };
}

/** Computes as many samples at a time as memory is set aside for, one at least. */
function inParts<T>(windows: VolumeWindows, compute: (from: number, to: number) => T): T[] {
  const { batch, planes, rows, columns } = windows;
  const unfolded = planes.count * rows.count * columns.count * rowLengthOf(windows);
  const samples = Math.max(1, Math.floor(MOST_UNFOLDED / unfolded));
  const parts: T[] = [];
  for (let from = 0; from < batch; from += samples) parts.push(compute(from, Math.min(batch, from + samples)));
  return parts;
}
