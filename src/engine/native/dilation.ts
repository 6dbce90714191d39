import { runKernel, setKernel, stockKernel } from '../kernels/registry.ts';
import * as tf from '../tf.ts';

type Attrs = Readonly<Record<string, unknown>> & { readonly dilations?: number | readonly number[] | null; readonly dataFormat?: string };

/** Kernels of one convolution by the number of its spatial axes. */
interface Convolution {
  readonly axes: number;
  /** Those that take a filter, and what they call it; the forward pass where TensorFlow's cannot dilate either. */
  readonly reading: readonly string[];
  readonly filterGradient: string;
}

const CONVOLUTIONS: readonly Convolution[] = [
  { axes: 2, reading: [tf.Conv2DBackpropInput], filterGradient: tf.Conv2DBackpropFilter },
  { axes: 2, reading: [tf.DepthwiseConv2dNative, tf.FusedDepthwiseConv2D, tf.DepthwiseConv2dNativeBackpropInput], filterGradient: tf.DepthwiseConv2dNativeBackpropFilter },
  { axes: 3, reading: [tf.Conv3D, tf.Conv3DBackpropInputV2], filterGradient: tf.Conv3DBackpropFilterV2 },
];

/**
 * Dilated convolutions as plain ones of a filter with zeros between its taps: tfjs-node forgets the dilation in most
 * gradients, and TensorFlow's kernels for a processor refuse it in others.
 */
export function installDilation(): void {
  for (const { axes, reading, filterGradient } of CONVOLUTIONS) {
    for (const name of reading) {
      const stock = stockKernel<tf.NamedTensorMap, Attrs>(name, 'tensorflow');
      setKernel(name, 'tensorflow', (inputs: tf.NamedTensorMap, attrs: Attrs) => {
        const rates = ratesOf(attrs, axes);
        if (!isDilated(rates)) return stock(inputs, plain(attrs));
        const filter = spread(inputs.filter!, rates);
        try {
          return stock({ ...inputs, filter }, plain(attrs));
        } finally {
          filter.dispose();
        }
      });
    }
    installFilterGradient(filterGradient, axes);
  }
}

function installFilterGradient(name: string, axes: number): void {
  const stock = stockKernel<tf.NamedTensorMap, Attrs>(name, 'tensorflow');
  setKernel(name, 'tensorflow', (inputs: tf.NamedTensorMap, attrs: Attrs & { filterShape: number[] }) => {
    const rates = ratesOf(attrs, axes);
    if (!isDilated(rates)) return stock(inputs, plain(attrs));
    const filterShape = attrs.filterShape.map((taps, axis) => (axis < axes ? (taps - 1) * rates[axis]! + 1 : taps));
    return tf.tidy(() => picked(runKernel(name, inputs, { ...plain(attrs), filterShape }), attrs.filterShape, rates));
  });
}

/** tfjs-layers gives none, null, one rate, or one for each axis. */
function ratesOf({ dilations }: Attrs, axes: number): number[] {
  return Array.from({ length: axes }, (_, axis) => (typeof dilations === 'object' ? (dilations?.[axis] ?? 1) : (dilations ?? 1)));
}

function isDilated(rates: readonly number[]): boolean {
  return rates.some((rate) => rate > 1);
}

function plain(attrs: Attrs): Attrs {
  return { ...attrs, dilations: 1 };
}

/** The filter with rate - 1 zeros after each tap but the last, along each axis. */
function spread(filter: tf.Tensor, rates: readonly number[]): tf.Tensor {
  return tf.tidy(() =>
    rates.reduce((whole, rate, axis) => {
      const { before, taps, after } = around(whole.shape, axis);
      const padded = tf.pad(tf.reshape(whole, [before, taps, after]), [[0, 0], [0, 0], [0, (rate - 1) * after]]);
      const apart = tf.slice(tf.reshape(padded, [before, taps * rate, after]), [0, 0, 0], [before, (taps - 1) * rate + 1, after]);
      return tf.reshape(apart, whole.shape.with(axis, (taps - 1) * rate + 1));
    }, filter),
  );
}

/** The taps of a spread filter without what lies between them. */
function picked(filter: tf.Tensor, shape: readonly number[], rates: readonly number[]): tf.Tensor {
  return rates.reduce((whole, rate, axis) => {
    const { before, taps: length, after } = around(whole.shape, axis);
    const taps = shape[axis]!;
    const padded = tf.pad(tf.reshape(whole, [before, length, after]), [[0, 0], [0, rate - 1], [0, 0]]);
    const first = tf.slice(tf.reshape(padded, [before, taps, rate * after]), [0, 0, 0], [before, taps, after]);
    return tf.reshape(first, whole.shape.with(axis, taps));
  }, filter);
}

/** A shape as three sizes: an axis, and all before and after it. */
function around(shape: number[], axis: number): { before: number; taps: number; after: number } {
  return { before: tf.util.sizeFromShape(shape.slice(0, axis)), taps: shape[axis]!, after: tf.util.sizeFromShape(shape.slice(axis + 1)) };
}
