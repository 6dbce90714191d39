import * as tf from '../tf.ts';
import { layerClass, mendMethod, onlyTensor } from './classes.ts';

interface Softmax extends tf.layers.Layer {
  readonly axis: number | number[];
}

interface ReLU extends tf.layers.Layer {
  readonly maxValue?: number | null;
}

/**
 * Activation layers as in Keras. In tfjs-layers 4.22 Softmax fails along any axis but the last, ELU takes no
 * `alpha`, and ReLU ignores `negativeSlope` and `threshold` without a word.
 */
export function mendActivations(): void {
  mendSoftmax();
  mendReLU();
  mendELU();
}

function mendSoftmax(): void {
  mendMethod<Softmax, 'call'>('Softmax', 'call', (layer, stock, inputs, kwargs) => {
    const { axis } = layer;
    const { rank } = onlyTensor(inputs);
    if (Array.isArray(axis) || kwargs.mask || axis === -1 || axis === rank - 1) return stock(layer, inputs, kwargs);
    const x = onlyTensor(inputs);
    return tf.tidy(() => tf.exp(tf.sub(x, tf.logSumExp(x, axis, true))));
  });
}

/** `maxValue` from there on, x from `threshold` on, negativeSlope * (x - threshold) below (relu.py of tf_keras). */
function mendReLU(): void {
  class SlopedReLU extends layerClass<ReLU>('ReLU') {
    static override readonly className = 'ReLU';
    private readonly negativeSlope: number;
    private readonly threshold: number;

    constructor(config: tf.serialization.ConfigDict) {
      super(config);
      this.negativeSlope = Number(config.negativeSlope ?? 0);
      this.threshold = Number(config.threshold ?? 0);
    }

    override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[] {
      const { negativeSlope, threshold, maxValue } = this;
      if (negativeSlope === 0 && threshold === 0) return super.call(inputs, kwargs);
      return tf.tidy(() => {
        const x = onlyTensor(inputs);
        const bent = tf.where(tf.greaterEqual(x, threshold), x, tf.mul(negativeSlope, tf.sub(x, threshold)));
        return maxValue === null || maxValue === undefined ? bent : tf.minimum(bent, maxValue);
      });
    }

    override getConfig(): tf.serialization.ConfigDict {
      return { ...super.getConfig(), negativeSlope: this.negativeSlope, threshold: this.threshold };
    }
  }
  tf.serialization.registerClass(SlopedReLU);
}

/** x above 0, alpha * (exp(x) - 1) below (Clevert et al. 2016). */
function mendELU(): void {
  class ScaledELU extends layerClass('ELU') {
    static override readonly className = 'ELU';
    private readonly slope: number;

    constructor(config: tf.serialization.ConfigDict) {
      super({ ...config, alpha: 1 });
      this.slope = Number(config.alpha ?? 1);
    }

    override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[] {
      if (this.slope === 1) return super.call(inputs, kwargs);
      return tf.tidy(() => {
        const x = onlyTensor(inputs);
        return tf.add(tf.relu(x), tf.mul(this.slope, tf.minimum(tf.elu(x), 0)));
      });
    }

    override getConfig(): tf.serialization.ConfigDict {
      return { ...super.getConfig(), alpha: this.slope };
    }
  }
  tf.serialization.registerClass(ScaledELU);
}
