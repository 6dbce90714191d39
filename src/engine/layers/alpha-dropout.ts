import * as tf from '../tf.ts';
import { mendMethod, onlyTensor } from './classes.ts';

interface AlphaDropout extends tf.layers.Layer {
  readonly rate: number;
  readonly noiseShape?: tf.Shape | null;
}

/** What SELU tends to for large negative inputs, with the constants of Klambauer et al. (2017). */
const FLOOR = -1.6732632423543772 * 1.0507009873554805;

/**
 * Dropout that keeps mean and variance of what SELU put out: dropped units fall to SELU's floor, then all are moved
 * and scaled (noise.py of tf_keras). tfjs-layers 4.22 turns the sign of the floor: the mean grows.
 */
export function mendAlphaDropout(): void {
  mendMethod<AlphaDropout, 'call'>('AlphaDropout', 'call', ({ rate, noiseShape }, _, inputs, kwargs) => {
    const x = onlyTensor(inputs);
    if (kwargs.training !== true || rate <= 0 || rate >= 1) return tf.clone(x);
    return tf.tidy(() => {
      const shape = (noiseShape ?? x.shape).map((size, axis) => size ?? x.shape[axis]!);
      const kept = tf.cast(tf.greaterEqual(tf.randomUniform(shape), rate), 'float32');
      const scale = ((1 - rate) * (1 + rate * FLOOR ** 2)) ** -0.5;
      const dropped = tf.add(tf.mul(x, kept), tf.mul(FLOOR, tf.sub(1, kept)));
      return tf.add(tf.mul(scale, dropped), -scale * FLOOR * rate);
    });
  });
}
