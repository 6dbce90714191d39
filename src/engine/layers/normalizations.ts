import * as tf from '../tf.ts';
import { mendMethod, onlyTensor, variantOf } from './classes.ts';

interface BatchNormalization extends tf.layers.Layer {
  readonly axis: number;
}

interface LayerNormalization extends tf.layers.Layer {
  readonly axis: number[];
  readonly epsilon: number;
  readonly gamma: tf.LayerVariable | null;
  readonly beta: tf.LayerVariable | null;
}

/**
 * Normalizations of volumes, on which those of tfjs-layers 4.22 fail; and a layer normalization whose gradient does not
 * copy its statistics to the size of the input first.
 */
export function mendNormalizations(): void {
  mendBatchNormalization();
  mendLayerNormalization();
}

/** The axes before the channels' count as one, and those after them: stock code takes any three. */
function mendBatchNormalization(): void {
  mendMethod<BatchNormalization, 'call'>('BatchNormalization', 'call', (layer, stock, inputs, kwargs) => {
    const x = onlyTensor(inputs);
    if (x.rank <= 4) return stock(layer, inputs, kwargs);
    return tf.tidy(() => {
      const channels = layer.axis < 0 ? layer.axis + x.rank : layer.axis;
      const before = tf.util.sizeFromShape(x.shape.slice(0, channels));
      const after = tf.util.sizeFromShape(x.shape.slice(channels + 1));
      const shape = [before, x.shape[channels]!, ...(after === 1 ? [] : [after])];
      return tf.reshape(onlyTensor(stock(variantOf(layer, { axis: 1 }), tf.reshape(x, shape), kwargs)), x.shape);
    });
  });
}

/** (x - mean) / sqrt(variance + epsilon) * gamma + beta, mean and variance over `axis` (Ba et al. 2016). */
function mendLayerNormalization(): void {
  mendMethod<LayerNormalization, 'call'>('LayerNormalization', 'call', ({ axis, epsilon, gamma, beta }, _, inputs) =>
    tf.tidy(() => {
      const x = onlyTensor(inputs);
      const parameters = x.shape.map((size, i) => (axis.includes(i) ? size : 1));
      const { mean, variance } = tf.moments(x, axis, true);
      const normal = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon)));
      const scaled = gamma ? tf.mul(normal, tf.reshape(gamma.read(), parameters)) : normal;
      return beta ? tf.add(scaled, tf.reshape(beta.read(), parameters)) : scaled;
    }),
  );
}
