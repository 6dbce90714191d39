import * as tf from '../../src/engine/tf.ts';
import { toTensor, type Values } from './reference/array.ts';

/** What the engine computes: f(inputs), and the gradient of sum(weights * f) by each input. */
export function engineGradients(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly Values[],
  weights: Values,
): { value: Float32Array; gradients: Float32Array[] } {
  return tf.tidy(() => {
    const tensors = inputs.map((values) => toTensor(values));
    const gradients = tf.grads((...xs) => tf.sum(tf.mul(f(...xs), toTensor(weights))))(tensors);
    return {
      value: f(...tensors).dataSync<'float32'>(),
      gradients: gradients.map((gradient) => gradient.dataSync<'float32'>()),
    };
  });
}
