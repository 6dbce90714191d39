import * as tf from '../tf.ts';

type Pair = [number, number];

/** What tfjs-layers keeps in a Conv2D or DepthwiseConv2D. */
interface Convolution extends tf.layers.Layer {
  readonly strides: Pair;
  readonly padding: 'same' | 'valid';
  readonly dilationRate: Pair;
  readonly dataFormat: 'channelsFirst' | 'channelsLast';
  readonly kernelSize: Pair;
  readonly activation: { apply(tensor: tf.Tensor): tf.Tensor } | null;
  readonly kernel?: tf.LayerVariable;
  readonly depthwiseKernel?: tf.LayerVariable;
  readonly bias: tf.LayerVariable | null;
}

/**
 * Mends two layers of tfjs-layers 4.22 for `dilationRate` above 1: Conv2D, whose fused operation has no gradient then,
 * and DepthwiseConv2D, which ignores the rate without a word. To be called once.
 */
export function honourDilation(): void {
  const conv2d = prototypeOf(tf.layers.conv2d({ name: 'conv2d', filters: 1, kernelSize: 1 }));
  const depthwise = prototypeOf(tf.layers.depthwiseConv2d({ name: 'depthwise', kernelSize: 1 }));
  mendCall(conv2d, (layer, x) => {
    const filter = layer.kernel!.read() as tf.Tensor4D;
    return tf.conv2d(x, filter, layer.strides, layer.padding, 'NHWC', layer.dilationRate);
  });
  mendCall(depthwise, (layer, x) => {
    const filter = layer.depthwiseKernel!.read() as tf.Tensor4D;
    return tf.depthwiseConv2d(x, filter, layer.strides, layer.padding, 'NHWC', layer.dilationRate);
  });
  mendOutputShape(depthwise);
}

function prototypeOf(layer: tf.layers.Layer): Convolution {
  return Object.getPrototypeOf(layer) as Convolution;
}

function isDilated({ dilationRate }: Convolution): boolean {
  return dilationRate.some((rate) => rate > 1);
}

function mendCall(prototype: Convolution, convolve: (layer: Convolution, x: tf.Tensor4D) => tf.Tensor4D): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the layer as this, below
  const { call } = prototype;
  prototype.call = function (this: Convolution, inputs, kwargs) {
    if (!isDilated(this)) return call.call(this, inputs, kwargs);
    return tf.tidy(() => {
      const x = [inputs].flat()[0] as tf.Tensor4D;
      const channelsFirst = this.dataFormat === 'channelsFirst';
      const convolved = convolve(this, channelsFirst ? tf.transpose(x, [0, 2, 3, 1]) : x);
      const biased = this.bias ? tf.add(convolved, this.bias.read()) : convolved;
      const output = channelsFirst ? tf.transpose(biased, [0, 3, 1, 2]) : biased;
      return this.activation ? this.activation.apply(output) : output;
    });
  };
}

/** A dilated window has the output size of a plain one as large as it spans. */
function mendOutputShape(prototype: Convolution): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the layer as this, below
  const { computeOutputShape } = prototype;
  prototype.computeOutputShape = function (this: Convolution, inputShape) {
    const spans = this.kernelSize.map((taps, axis) => (taps - 1) * this.dilationRate[axis]! + 1);
    const plain: unknown = Object.create(this, { kernelSize: { value: spans } });
    return computeOutputShape.call(plain as Convolution, inputShape);
  };
}
