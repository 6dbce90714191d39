import * as tf from '../tf.ts';
import { layerClass, mendMethod, onlyTensor, variantOf } from './classes.ts';

/** What tfjs-layers keeps in a Conv1D or SeparableConv2D. */
interface Convolution extends tf.layers.Layer {
  readonly kernelSize: number[];
  readonly dilationRate: number[];
  readonly padding: 'same' | 'valid' | 'causal';
  readonly dataFormat: 'channelsFirst' | 'channelsLast';
}

interface PlainConvolution extends Convolution {
  readonly useBias: boolean;
  readonly strides: [number, number];
  readonly kernel: tf.LayerVariable;
  readonly activation: { apply(x: tf.Tensor): tf.Tensor };
}

interface SeparableConvolution extends Convolution {
  pointwiseInitializer: tf.serialization.Serializable;
}

/**
 * Convolutions as in Keras, where tfjs-layers 4.22 fails or errs:
 * - Conv1D knows no causal padding, and with channels first leaves them last in its output.
 * - SeparableConv2D with channels first adds its bias along the wrong axis, and draws the pointwise kernel from the
 *   initializer of the depthwise one.
 */
export function mendConvolutions(): void {
  mendConv1D();
  mendSeparableConv2D();
  spareImageGradient();
}

/**
 * A fused convolution computes its gradients by filter and input together, even where nobody asks for that by the
 * input; the plain one does not. So layers that read the network's input are not fused while gradients are taken.
 * Where there is no bias, both compute the same bits.
 */
function spareImageGradient(): void {
  mendMethod<PlainConvolution, 'call'>('Conv2D', 'call', (layer, stock, inputs, kwargs) => {
    const { kernel, strides, padding, dilationRate, activation } = layer;
    const plain = !layer.useBias && layer.dataFormat === 'channelsLast';
    const spared = plain && tf.engine().state.gradientDepth > 0 && readsInput(layer);
    if (!spared) return stock(layer, inputs, kwargs);
    return activation.apply(tf.conv2d(onlyTensor(inputs) as tf.Tensor4D, kernel.read() as tf.Tensor4D, strides, padding as 'same' | 'valid', 'NHWC', dilationRate as [number, number]));
  });
}

function readsInput({ inboundNodes }: tf.layers.Layer): boolean {
  return inboundNodes.every(({ inboundLayers }) => inboundLayers.every((layer) => layer.getClassName() === 'InputLayer'));
}

function mendConv1D(): void {
  // As long as the input: what the window lacks at the beginning is padded.
  mendMethod<Convolution, 'computeOutputShape'>('Conv1D', 'computeOutputShape', (layer, stock, inputShape) =>
    stock(layer.padding === 'causal' ? variantOf(layer, { padding: 'same' }) : layer, inputShape),
  );
  mendMethod<Convolution, 'call'>('Conv1D', 'call', (layer, stock, inputs, kwargs) => {
    const causal = layer.padding === 'causal';
    if (!causal && layer.dataFormat === 'channelsLast') return stock(layer, inputs, kwargs);
    return lastly(layer, inputs, [0, 2, 1], [0, 2, 1], (plain, x) => {
      if (!causal) return stock(plain, x, kwargs);
      const past = (layer.kernelSize[0]! - 1) * layer.dilationRate[0]!;
      return stock(variantOf(plain, { padding: 'valid' }), tf.pad(x, [[0, 0], [past, 0], [0, 0]]), kwargs);
    });
  });
}

function mendSeparableConv2D(): void {
  mendMethod<Convolution, 'call'>('SeparableConv2D', 'call', (layer, stock, inputs, kwargs) =>
    lastly(layer, inputs, [0, 2, 3, 1], [0, 3, 1, 2], (plain, x) => stock(plain, x, kwargs)),
  );

  const Stock = layerClass<SeparableConvolution>('SeparableConv2D');
  class SeparableConv2D extends Stock {
    static override readonly className = 'SeparableConv2D';

    constructor(config: tf.serialization.ConfigDict) {
      super(config);
      // Stock code turns a name or a config into an initializer for the depthwise kernel only.
      const depthwiseInitializer = config.pointwiseInitializer ?? null;
      this.pointwiseInitializer = new Stock({ ...config, depthwiseInitializer }).pointwiseInitializer;
    }
  }
  tf.serialization.registerClass(SeparableConv2D);
}

/** Calls a layer with the channels moved to the end, and moves them back. */
function lastly(
  layer: Convolution,
  inputs: tf.Tensor | tf.Tensor[],
  toEnd: number[],
  back: number[],
  call: (plain: Convolution, x: tf.Tensor) => tf.Tensor | tf.Tensor[],
): tf.Tensor {
  const x = onlyTensor(inputs);
  return tf.tidy(() => {
    if (layer.dataFormat === 'channelsLast') return onlyTensor(call(layer, x));
    const y = call(variantOf(layer, { dataFormat: 'channelsLast' }), tf.transpose(x, toEnd));
    return tf.transpose(onlyTensor(y), back);
  });
}
