import * as tf from '../tf.ts';
import { runKernel, setGradient, setKernel, type BackendName } from './registry.ts';
import { fold, unfold } from './unfold.ts';
import { windowsOf, type Windows } from './windows.ts';

type Shape = [number, number, number, number];

/** Of the convolution. Core's own gradient refuses dilation and does not pass it on; ours does. */
type Attrs = Pick<tf.Conv2DAttrs, 'strides' | 'pad' | 'dataFormat' | 'dimRoundingMode'> &
  Partial<Pick<tf.Conv2DAttrs, 'dilations'>>;

/**
 * Gradients of the 2-d convolution with respect to filter and input, as matrix products over the unfolded input:
 * with U = unfold(x), y = U W, so dW = transpose(U) dy and dx = fold(dy transpose(W)).
 * Stock wasm lacks the first; its second is a plain loop, and core refuses dilation.
 */
export function installConv2dGradients(backend: BackendName): void {
  setKernel(tf.Conv2DBackpropFilter, backend, filterGradient);
  setKernel(tf.Conv2DBackpropInput, backend, inputGradient);
  setGradient(tf.Conv2D, ['x', 'filter'], (dy, [x, filter]: readonly [tf.Tensor4D, tf.Tensor4D], attrs: Attrs) => ({
    x: () => runKernel(tf.Conv2DBackpropInput, { dy, filter }, { ...attrs, inputShape: x.shape }),
    filter: () => runKernel(tf.Conv2DBackpropFilter, { x, dy }, { ...attrs, filterShape: filter.shape }),
  }));
}

function filterGradient(
  { x, dy }: { x: tf.Tensor4D; dy: tf.Tensor4D },
  { filterShape, ...attrs }: Attrs & { filterShape: Shape },
): tf.Tensor {
  const windows = convolution(x.shape, filterShape, attrs);
  return tf.tidy(() => {
    const rows = isPointwise(windows) ? flat(x) : unfold(x, windows);
    return tf.reshape(tf.matMul(rows, flat(dy), true, false), filterShape);
  });
}

function inputGradient(
  { dy, filter }: { dy: tf.Tensor4D; filter: tf.Tensor4D },
  { inputShape, ...attrs }: Attrs & { inputShape: Shape },
): tf.Tensor {
  const windows = convolution(inputShape, filter.shape, attrs);
  return tf.tidy(() => {
    const rows = tf.matMul(flat(dy), flat(filter), false, true);
    return isPointwise(windows) ? tf.reshape(rows, inputShape) : fold(rows, windows);
  });
}

function convolution(
  xShape: Shape,
  filterShape: Shape,
  { strides, pad, dataFormat, dimRoundingMode, dilations = 1 }: Attrs,
): Windows {
  return windowsOf(
    tf.backend_util.computeConv2DInfo(
      xShape,
      filterShape,
      strides,
      dilations,
      pad,
      dimRoundingMode,
      false,
      tf.backend_util.convertConv2DDataFormat(dataFormat),
    ),
  );
}

/** A 1x1 convolution that meets every position once is already a matrix product. */
function isPointwise({ rows, columns }: Windows): boolean {
  return rows.taps === 1 && columns.taps === 1 && rows.count === rows.size && columns.count === columns.size;
}

/** All but the last axis as one. */
function flat(tensor: tf.Tensor): tf.Tensor2D {
  return tf.reshape(tensor, [-1, tensor.shape.at(-1)!]);
}
