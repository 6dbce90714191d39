import { setKernel, stockKernel } from '../kernels/registry.ts';
import * as tf from '../tf.ts';
import { type Attribute, hasOperations, nodeBackend } from './operations.ts';

/** What kernels/native/depthwise.cc takes. */
const CHANNELS = 16;
const MOST_TAPS = 7;

interface Inputs {
  readonly x: tf.Tensor4D;
  readonly dy: tf.Tensor4D;
}

/** Gives the gradient of depthwise convolutions by their filter an operation of our own, where it takes the case. */
export function installDepthwiseFilterGradient(): void {
  const name = tf.DepthwiseConv2dNativeBackpropFilter;
  const stock = stockKernel<Inputs, tf.DepthwiseConv2dNativeBackpropFilterAttrs>(name, 'tensorflow');
  setKernel(name, 'tensorflow', (inputs: Inputs, attrs: tf.DepthwiseConv2dNativeBackpropFilterAttrs) => {
    const [, wide, channels, multiplier] = attrs.filterShape;
    const isTaken = hasOperations() && multiplier === 1 && wide <= MOST_TAPS && channels % CHANNELS === 0;
    return isTaken ? filterGradient(inputs, attrs) : stock(inputs, attrs);
  });
}

function filterGradient({ x, dy }: Inputs, { filterShape, strides, pad, dimRoundingMode }: tf.DepthwiseConv2dNativeBackpropFilterAttrs): tf.Tensor {
  const { padInfo, strideHeight, strideWidth } = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, dimRoundingMode, true);
  const backend = nodeBackend();
  const values = { high: filterShape[0], wide: filterShape[1], stride_high: strideHeight, stride_wide: strideWidth, top: padInfo.top, left: padInfo.left };
  const attributes = Object.entries(values).map(([attribute, value]): Attribute => ({ name: attribute, type: backend.binding.TF_ATTR_INT, value }));
  return backend.executeSingleOutput('LayerVitalsDepthwiseFilterGrad', attributes, [x, dy]);
}
