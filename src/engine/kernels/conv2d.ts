import { addressOf, outputOf, simd, workspace } from '../simd/module.ts';
import * as tf from '../tf.ts';
import { activated, type Clamp, type FusedActivation, UNCLAMPED } from './activation.ts';
import { convolveTiles, convolveTilesBackFilter, convolveTilesBackInput, isTiled } from './conv2d-tiles.ts';
import { type Matrix, multiply, multiplyTransposed, padded, POSITIONS, writeBias } from './products.ts';
import { runKernel, setGradient, setKernel } from './registry.ts';
import { setWindows, tapsOf } from './windows.ts';

type Shape = [number, number, number, number];

/** Of the convolution. Core's own gradient refuses dilation and does not pass it on; ours does. */
type Attrs = Pick<tf.Conv2DAttrs, 'strides' | 'pad' | 'dataFormat' | 'dimRoundingMode'> &
  Partial<Pick<tf.Conv2DAttrs, 'dilations'>>;

interface Inputs {
  x: tf.Tensor4D;
  filter: tf.Tensor4D;
}

const FLOAT = 4;
/** Positions whose addresses the kernels write down at once. */
const CHUNK = 64;
/** Channels from which on each tap of a window is multiplied by itself instead of its rows. */
const WIDE = 8;

/**
 * The 2-d convolution and its gradients by filter and input, as matrix products whose rows are windows of the image;
 * or with fewer products, where the filter allows it. Stock wasm lacks the filter gradient; its input gradient is a plain loop, and its forward pass gives
 * zeros where a stride larger than the window leaves rows over.
 */
export function installConv2d(): void {
  setKernel(tf.Conv2D, 'wasm', ({ x, filter }: Inputs, attrs: Attrs) => convolution(x, filter, undefined, attrs, UNCLAMPED));
  setKernel(tf.FusedConv2D, 'wasm', ({ x, filter, bias, preluActivationWeights }: Inputs & { bias?: tf.Tensor; preluActivationWeights?: tf.Tensor }, attrs: Attrs & FusedActivation) =>
    activated((clamp) => convolution(x, filter, bias, attrs, clamp), { ...attrs, preluActivationWeights }),
  );
  setKernel(tf.Conv2DBackpropFilter, 'wasm', filterGradient);
  setKernel(tf.Conv2DBackpropInput, 'wasm', inputGradient);
}

/** Gradients by input and filter, dilated too, which core refuses. */
export function installConv2dGradient(): void {
  setGradient(tf.Conv2D, ['x', 'filter'], (dy, [x, filter]: readonly [tf.Tensor4D, tf.Tensor4D], attrs: Attrs) => ({
    x: () => runKernel(tf.Conv2DBackpropInput, { dy, filter }, { ...attrs, inputShape: x.shape }),
    filter: () => runKernel(tf.Conv2DBackpropFilter, { x, dy }, { ...attrs, filterShape: filter.shape }),
  }));
}

function convolution(x: tf.TensorInfo, filter: tf.TensorInfo, bias: tf.TensorInfo | undefined, attrs: Attrs, clamp: Clamp): tf.TensorInfo {
  const info = describe(x.shape as Shape, filter.shape as Shape, attrs);
  const { outChannels, inChannels } = info;
  const y = outputOf(info.outShape);
  if (isPointwise(info)) {
    multiply(addressOf(x), positionsOf(info), weights(filter, inChannels, outChannels), bias, addressOf(y), clamp);
    return y;
  }
  if (isTiled(info) && convolveTiles(x, filter, bias, info, y, clamp)) return y;
  const taps = tapsOf(info);
  const width = padded(outChannels);
  const [panels, start, zeros, spare, table, rows] = workspace(taps * inChannels * width * FLOAT, width * FLOAT, roomForZeros(info), (outChannels + 8) * FLOAT, CHUNK * (taps + 1) * FLOAT, roomForRows(CHUNK, info));
  writeBias(bias, start, width);
  simd().clear(zeros, roomForZeros(info));
  simd().packPanels(addressOf(filter), taps * inChannels, outChannels, outChannels * FLOAT, FLOAT, panels);
  setWindows(info);
  simd().convolve(addressOf(x), panels, outChannels, start, addressOf(y), zeros, table, spare, rows, clamp.low, clamp.high);
  return y;
}

function inputGradient({ dy, filter }: { dy: tf.Tensor4D; filter: tf.Tensor4D }, { inputShape, ...attrs }: Attrs & { inputShape: Shape }): tf.TensorInfo {
  const info = describe(inputShape, filter.shape, attrs);
  const { inChannels, outChannels } = info;
  const dx = outputOf(inputShape);
  if (isPointwise(info)) {
    multiply(addressOf(dy), positionsOf(info), transposed(weights(filter, inChannels, outChannels)), undefined, addressOf(dx), UNCLAMPED);
    return dx;
  }
  if (isTiled(info) && convolveTilesBackInput(dy, filter, info, dx, UNCLAMPED)) return dx;
  const taps = tapsOf(info);
  const zeroBytes = Math.max(outChannels, padded(inChannels)) * FLOAT;
  const [panels, zeros, spare, table] = workspace(taps * outChannels * padded(inChannels) * FLOAT, zeroBytes, (inChannels + 8) * FLOAT, (CHUNK * (taps + 1) + 2 * taps) * FLOAT);
  simd().clear(zeros, zeroBytes);
  setWindows(info);
  simd().convolveBackInput(addressOf(dy), addressOf(filter), outChannels, addressOf(dx), panels, zeros, table, spare);
  return dx;
}

function filterGradient({ x, dy }: { x: tf.Tensor4D; dy: tf.Tensor4D }, { filterShape, ...attrs }: Attrs & { filterShape: Shape }): tf.TensorInfo {
  const info = describe(x.shape, filterShape, attrs);
  const { inChannels, outChannels } = info;
  const gradient = outputOf(filterShape);
  if (isPointwise(info)) {
    const errors: Matrix = { at: addressOf(dy), rows: positionsOf(info), columns: outChannels, rowStride: outChannels, columnStride: 1 };
    multiplyTransposed(addressOf(x), inChannels, errors, addressOf(gradient));
    return gradient;
  }
  if (isTiled(info) && convolveTilesBackFilter(x, dy, info, gradient)) return gradient;
  const [panels, zeros, table, rows] = workspace(POSITIONS * padded(outChannels) * FLOAT, roomForZeros(info), POSITIONS * (inChannels < WIDE ? info.filterHeight : 1) * FLOAT, roomForRows(POSITIONS, info));
  simd().clear(zeros, roomForZeros(info));
  setWindows(info);
  simd().convolveBackFilter(addressOf(x), addressOf(dy), outChannels, addressOf(gradient), panels, zeros, table, rows);
  return gradient;
}

function describe(xShape: Shape, filterShape: Shape, { strides, pad, dataFormat, dimRoundingMode, dilations = 1 }: Attrs): tf.backend_util.Conv2DInfo {
  return tf.backend_util.computeConv2DInfo(xShape, filterShape, strides, dilations, pad, dimRoundingMode, false, tf.backend_util.convertConv2DDataFormat(dataFormat));
}

/** Bytes of what lies in the padding: of a row of a window, and four values beyond. */
function roomForZeros({ inChannels, filterWidth }: tf.backend_util.Conv2DInfo): number {
  return ((inChannels < WIDE ? filterWidth : 1) * inChannels + 4) * FLOAT;
}

/** Bytes of windows of few channels, laid out where they leave the image. */
function roomForRows(windows: number, info: tf.backend_util.Conv2DInfo): number {
  return info.inChannels < WIDE ? (windows * tapsOf(info) * info.inChannels + 4) * FLOAT : 0;
}

/** A 1x1 convolution that meets every position once is a matrix product. */
function isPointwise({ filterHeight, filterWidth, outHeight, outWidth, inHeight, inWidth, strideHeight, strideWidth, padInfo }: tf.backend_util.Conv2DInfo): boolean {
  return filterHeight * filterWidth * strideHeight * strideWidth === 1 && outHeight === inHeight && outWidth === inWidth && padInfo.top === 0 && padInfo.left === 0;
}

function positionsOf({ batchSize, outHeight, outWidth }: tf.backend_util.Conv2DInfo): number {
  return batchSize * outHeight * outWidth;
}

function weights(filter: tf.TensorInfo, rows: number, columns: number): Matrix {
  return { at: addressOf(filter), rows, columns, rowStride: columns, columnStride: 1 };
}

function transposed({ at, rows, columns, rowStride, columnStride }: Matrix): Matrix {
  return { at, rows: columns, columns: rows, rowStride: columnStride, columnStride: rowStride };
}
