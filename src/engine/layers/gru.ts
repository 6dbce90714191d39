import * as tf from '../tf.ts';
import { layerClass } from './classes.ts';

interface Activation {
  apply: (x: tf.Tensor) => tf.Tensor;
}

/** What tfjs-layers keeps in a GRUCell. */
interface StockCell extends tf.layers.Layer {
  readonly dropout: number;
  readonly recurrentDropout: number;
  readonly implementation?: number | null;
  readonly activation: Activation;
  readonly recurrentActivation: Activation;
  readonly kernel: tf.LayerVariable;
  readonly recurrentKernel: tf.LayerVariable;
  readonly bias: tf.LayerVariable | null;
  dropoutMask: tf.Tensor | tf.Tensor[] | null;
  recurrentDropoutMask: tf.Tensor | tf.Tensor[] | null;
}

interface StockGRU extends tf.layers.Layer {
  cell: StockCell;
}

/** Update gate, reset gate, candidate: the order of Keras. */
const GATES = 3;

/**
 * Makes GRU take `resetAfter`, the default of Keras since TensorFlow 2, which tfjs-layers 4.22 refuses. Classes of the
 * registry are replaced: every layer that is read from a config, and no other, is of the new ones.
 */
export function offerResetAfter(): void {
  const Cell = cellWithResetAfter();
  class GRU extends layerClass<StockGRU>('GRU') {
    static override readonly className = 'GRU';

    constructor(config: tf.serialization.ConfigDict) {
      super({ ...config, resetAfter: false });
      if (config.resetAfter === true) this.cell = new Cell(config);
    }
  }
  tf.serialization.registerClass(Cell);
  tf.serialization.registerClass(GRU);
}

type Masks = readonly tf.Tensor[];

/**
 * A step from state h with input x, in the variant of gru.py in tf_keras:
 *
 *     z, r, a = x W + b[0];  z', r', a' = h U + b[1]
 *     z = gate(z + z');  r = gate(r + r');  h = z h + (1 - z) activation(a + r a')
 */
function cellWithResetAfter() {
  return class GRUCell extends layerClass<StockCell>('GRUCell') {
    static override readonly className = 'GRUCell';
    private readonly resetAfter: boolean;

    constructor(config: tf.serialization.ConfigDict) {
      super({ ...config, resetAfter: false });
      this.resetAfter = config.resetAfter === true;
    }

    /** A bias of the input and one of the state: [2, 3 * units]. */
    protected override addWeight(name: string, shape: tf.Shape, ...rest: unknown[]): tf.LayerVariable {
      const whole = this.resetAfter && name === 'bias' ? [2, ...shape] : shape;
      return super.addWeight(name, whole, ...(rest as [tf.DataType]));
    }

    override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Readonly<Record<string, unknown>>): tf.Tensor | tf.Tensor[] {
      if (!this.resetAfter) return super.call(inputs, kwargs);
      const [x, h] = inputs as [tf.Tensor2D, tf.Tensor2D];
      if (kwargs.training === true) {
        this.dropoutMask ??= drawMasks(x, this.dropout);
        this.recurrentDropoutMask ??= drawMasks(h, this.recurrentDropout);
      }
      return tf.tidy(() => {
        const [inputBias, stateBias] = this.bias ? tf.unstack(this.bias.read()) : [];
        const [xz, xr, xa] = tf.split(project(x, this.kernel, inputBias, this.inputMasks()), GATES, 1);
        const [hz, hr, ha] = tf.split(project(h, this.recurrentKernel, stateBias, this.recurrentDropoutMask as Masks | null), GATES, 1);
        const z = this.recurrentActivation.apply(tf.add(xz!, hz!));
        const r = this.recurrentActivation.apply(tf.add(xr!, hr!));
        const candidate = this.activation.apply(tf.add(xa!, tf.mul(r, ha!)));
        const next = tf.add(tf.mul(z, h), tf.mul(tf.sub(1, z), candidate));
        return [next, next];
      });
    }

    override getConfig(): tf.serialization.ConfigDict {
      return { ...super.getConfig(), resetAfter: this.resetAfter };
    }

    /** One mask for each gate in Keras's first implementation, which dropped states ask for; else one for all. */
    private inputMasks(): Masks | null {
      const masks = this.dropoutMask as Masks | null;
      const each = this.implementation === 1 || this.recurrentDropout > 0;
      return masks && !each ? masks.map(() => masks[0]!) : masks;
    }
  };
}

/** Kept beyond the step: GRU lets them go when a new sequence begins. */
function drawMasks(x: tf.Tensor, rate: number): tf.Tensor[] | null {
  if (rate <= 0 || rate >= 1) return null;
  return Array.from({ length: GATES }, () => tf.keep(tf.tidy(() => tf.dropout(tf.onesLike(x), rate))));
}

/**
 * @param x [batch, features]
 * @param weights [features, 3 * units]
 * @returns [batch, 3 * units]
 */
function project(x: tf.Tensor2D, weights: tf.LayerVariable, bias: tf.Tensor | undefined, masks: Masks | null): tf.Tensor {
  const matrix = weights.read() as tf.Tensor2D;
  const product = masks
    ? tf.concat(tf.split(matrix, GATES, 1).map((gate, i) => tf.matMul(tf.mul(x, masks[i]!), gate)), 1)
    : tf.matMul(x, matrix);
  return bias ? tf.add(product, bias) : product;
}
