import { addressOf, outputOf, simd, workspace } from '../simd/module.ts';
import * as tf from '../tf.ts';
import { activated, type Clamp, type FusedActivation, UNCLAMPED } from './activation.ts';
import { writeBias } from './products.ts';
import { runKernel, setGradient, setKernel } from './registry.ts';
import { setWindows, tapsOf } from './windows.ts';

type Shape = [number, number, number, number];

/** tfjs-layers gives no dilation. */
type Attrs = Omit<tf.DepthwiseConv2dNativeAttrs, 'dataFormat' | 'dilations'> & {
  dilations: tf.DepthwiseConv2dNativeAttrs['dilations'] | null;
};

interface Inputs {
  x: tf.Tensor4D;
  filter: tf.Tensor4D;
}

const FLOAT = 4;

/**
 * The depthwise convolution and its gradients by filter and input. Stock wasm has neither gradient, and core refuses
 * dilation. With several outputs for one channel, the input is repeated first, so that each output has its own.
 */
export function installDepthwiseConv2d(): void {
  setKernel(tf.DepthwiseConv2dNative, 'wasm', ({ x, filter }: Inputs, attrs: Attrs) => convolution(x, filter, undefined, attrs, UNCLAMPED));
  setKernel(tf.FusedDepthwiseConv2D, 'wasm', ({ x, filter, bias, preluActivationWeights }: Inputs & { bias?: tf.Tensor; preluActivationWeights?: tf.Tensor }, attrs: Attrs & FusedActivation) =>
    activated((clamp) => convolution(x, filter, bias, attrs, clamp), { ...attrs, preluActivationWeights }),
  );
  setKernel(tf.DepthwiseConv2dNativeBackpropFilter, 'wasm', filterGradient);
  setKernel(tf.DepthwiseConv2dNativeBackpropInput, 'wasm', inputGradient);
}

/** Gradients by input and filter, dilated too, which core refuses. */
export function installDepthwiseConv2dGradient(): void {
  setGradient(tf.DepthwiseConv2dNative, ['x', 'filter'], (dy, [x, filter]: readonly [tf.Tensor4D, tf.Tensor4D], attrs: Attrs) => ({
    x: () => runKernel(tf.DepthwiseConv2dNativeBackpropInput, { dy, filter }, { ...attrs, inputShape: x.shape }),
    filter: () => runKernel(tf.DepthwiseConv2dNativeBackpropFilter, { x, dy }, { ...attrs, filterShape: filter.shape }),
  }));
}

function convolution(x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.TensorInfo | undefined, attrs: Attrs, clamp: Clamp): tf.TensorInfo {
  const info = describe(x.shape, filter.shape, attrs);
  const y = outputOf(info.outShape);
  const repeated = repeat(x, filter.shape[3]);
  const [start, table] = workspace(info.outChannels * FLOAT, 2 * tapsOf(info) * FLOAT);
  writeBias(bias, start, info.outChannels);
  setWindows({ ...info, inChannels: info.outChannels });
  simd().depthwise(addressOf(repeated), addressOf(filter), start, addressOf(y), table, clamp.low, clamp.high);
  if (repeated !== x) repeated.dispose();
  return y;
}

function inputGradient({ dy, filter }: { dy: tf.Tensor4D; filter: tf.Tensor4D }, { inputShape, ...attrs }: Attrs & { inputShape: Shape }): tf.TensorInfo {
  const info = describe(inputShape, filter.shape, attrs);
  const multiplier = filter.shape[3];
  const dx = outputOf([...inputShape.slice(0, 3), info.outChannels]);
  const [zeros, table] = workspace(info.outChannels * FLOAT, 2 * tapsOf(info) * FLOAT);
  simd().clear(zeros, info.outChannels * FLOAT);
  setWindows({ ...info, inChannels: info.outChannels });
  simd().depthwiseBackInput(addressOf(dy), addressOf(filter), addressOf(dx), zeros, table);
  if (multiplier === 1) return dx;
  return tf.tidy(() => tf.reshape(tf.sum(tf.reshape(tf.engine().makeTensorFromTensorInfo(dx), [-1, multiplier]), 1), inputShape));
}

function filterGradient({ x, dy }: { x: tf.Tensor4D; dy: tf.Tensor4D }, { filterShape, ...attrs }: Attrs & { filterShape: Shape }): tf.TensorInfo {
  const info = describe(x.shape, filterShape, attrs);
  const gradient = outputOf(filterShape);
  const repeated = repeat(x, filterShape[3]);
  const [sums] = workspace(tapsOf(info) * info.outChannels * FLOAT);
  setWindows({ ...info, inChannels: info.outChannels });
  simd().depthwiseBackFilter(addressOf(repeated), addressOf(dy), addressOf(gradient), sums);
  if (repeated !== x) repeated.dispose();
  return gradient;
}

/** Each channel `times` times, side by side; the tensor itself for 1. */
function repeat(x: tf.Tensor4D, times: number): tf.Tensor4D {
  if (times === 1) return x;
  const [batch, height, width, channels] = x.shape;
  return tf.tidy(() => tf.reshape(tf.tile(tf.reshape(x, [-1, 1]), [1, times]), [batch, height, width, channels * times]));
}

function describe(xShape: Shape, filterShape: Shape, { strides, pad, dilations, dimRoundingMode }: Attrs): tf.backend_util.Conv2DInfo {
  return tf.backend_util.computeConv2DInfo(xShape, filterShape, strides, dilations ?? 1, pad, dimRoundingMode, true);
}
