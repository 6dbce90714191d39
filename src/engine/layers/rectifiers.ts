import * as tf from '../tf.ts';

interface Rectifier extends tf.layers.Layer {
  readonly maxValue?: number | null;
}

interface Activation {
  apply(x: tf.Tensor): tf.Tensor;
}

/**
 * Makes ReLU6 one operation. tfjs-layers 4.22 computes it in two passes, and back in four to six: the layer ReLU with
 * `maxValue` 6 rectifies and clips, the activation `relu6` rectifies and takes a broadcast minimum. To be called once.
 */
export function fuseRelu6(): void {
  const layer = Object.getPrototypeOf(tf.layers.reLU({ name: 're_lu' })) as Rectifier;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the layer as this, below
  const { call } = layer;
  layer.call = function (this: Rectifier, inputs, kwargs) {
    return this.maxValue === 6 ? tf.relu6([inputs].flat()[0]!) : call.call(this, inputs, kwargs);
  };
  const { activation } = tf.layers.activation({ name: 'relu6', activation: 'relu6' }) as unknown as { activation: Activation };
  (Object.getPrototypeOf(activation) as Activation).apply = (x) => tf.relu6(x);
}
