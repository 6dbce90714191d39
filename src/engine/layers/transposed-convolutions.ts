import * as tf from '../tf.ts';
import { layerClass, onlyShape, onlyTensor } from './classes.ts';

/** What tfjs-layers keeps in a Conv2DTranspose or Conv3DTranspose. */
interface TransposedConvolution extends tf.layers.Layer {
  readonly filters: number;
  readonly kernelSize: number[];
  readonly strides: number[];
  readonly padding: 'same' | 'valid';
  readonly dataFormat: 'channelsFirst' | 'channelsLast';
  readonly dilationRate: number[];
  readonly kernel: tf.LayerVariable;
  readonly bias: tf.LayerVariable | null;
  readonly activation: { apply: (x: tf.Tensor) => tf.Tensor } | null;
}

/**
 * Transposed convolutions with `outputPadding`, which tfjs-layers 4.22 ignores without a word. It ignores `dilationRate`
 * too: that is refused.
 */
export function offerOutputPadding(): void {
  for (const className of ['Conv2DTranspose', 'Conv3DTranspose']) tf.serialization.registerClass(withOutputPadding(className));
}

function withOutputPadding(name: string) {
  return class extends layerClass<TransposedConvolution>(name) {
    static override readonly className = name;
    private readonly outputPadding: readonly number[] | null;

    constructor(config: tf.serialization.ConfigDict) {
      super(config);
      if (this.dilationRate.some((rate) => rate > 1)) throw new Error(`A dilated ${name} is not computed.`);
      const given = (config.outputPadding ?? null) as number | number[] | null;
      this.outputPadding = typeof given === 'number' ? this.kernelSize.map(() => given) : given;
    }

    override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[] {
      if (!this.outputPadding) return super.call(inputs, kwargs);
      return tf.tidy(() => {
        const channelsFirst = this.dataFormat === 'channelsFirst';
        const x = onlyTensor(inputs);
        const axes = [...x.shape.keys()];
        const last = channelsFirst ? tf.transpose(x, [0, ...axes.slice(2), 1]) : x;
        const shape = [x.shape[0], ...this.sides(last.shape.slice(1, -1)), this.filters];
        const spread = transposed(last, this.kernel.read(), shape, this.strides, this.padding);
        const sum = this.bias ? tf.add(spread, this.bias.read()) : spread;
        const y = channelsFirst ? tf.transpose(sum, [0, axes.length - 1, ...axes.slice(1, -1)]) : sum;
        return this.activation ? this.activation.apply(y) : y;
      });
    }

    override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape | tf.Shape[] {
      if (!this.outputPadding) return super.computeOutputShape(inputShape);
      const shape = onlyShape(inputShape);
      if (this.dataFormat === 'channelsFirst') return [shape[0]!, this.filters, ...this.sides(shape.slice(2))];
      return [shape[0]!, ...this.sides(shape.slice(1, -1)), this.filters];
    }

    override getConfig(): tf.serialization.ConfigDict {
      return { ...super.getConfig(), outputPadding: this.outputPadding ? [...this.outputPadding] : null };
    }

    /** Lengths of the output (deconv_output_length in conv_utils.py of tf_keras). */
    private sides(shape: tf.Shape): number[] {
      return shape.map((size, axis) => {
        if (size === null) throw new Error(`${name} with outputPadding needs an input of known size.`);
        const taps = this.kernelSize[axis]!;
        const cut = this.padding === 'same' ? 2 * Math.floor(taps / 2) : 0;
        return (size - 1) * this.strides[axis]! + taps - cut + this.outputPadding![axis]!;
      });
    }
  };
}

function transposed(x: tf.Tensor, kernel: tf.Tensor, shape: number[], strides: number[], padding: 'same' | 'valid'): tf.Tensor {
  return x.rank === 4
    ? tf.conv2dTranspose(x as tf.Tensor4D, kernel as tf.Tensor4D, shape as tf.Tensor4D['shape'], strides as [number, number], padding)
    : tf.conv3dTranspose(x as tf.Tensor5D, kernel as tf.Tensor5D, shape as tf.Tensor5D['shape'], strides as [number, number, number], padding);
}
