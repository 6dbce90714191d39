import * as tf from '../tf.ts';
import { setKernel, stockKernel } from './registry.ts';

interface Inputs {
  x: tf.Tensor;
  alpha: tf.Tensor;
}

/**
 * ReLU with learned slopes. Stock wasm lays the slopes end to end along the input, whatever their shape: wrong for a
 * PReLU whose slopes are shared along an axis after one that has slopes of its own. Spread such slopes out first.
 */
export function installPrelu(): void {
  const stock = stockKernel<Inputs, object>(tf.Prelu, 'wasm');
  setKernel(tf.Prelu, 'wasm', ({ x, alpha }: Inputs) => {
    if (repeatsAsWhole(alpha.shape, x.shape)) return stock({ x, alpha }, {});
    const spread = tf.broadcastTo(alpha, x.shape);
    try {
      return stock({ x, alpha: spread }, {});
    } finally {
      spread.dispose();
    }
  });
}

/** Whether a tensor, but for axes of 1 before, has the last axes of another. */
function repeatsAsWhole(shape: readonly number[], whole: readonly number[]): boolean {
  const own = shape.slice(shape.findIndex((size) => size !== 1));
  return shape.every((size) => size === 1) || own.every((size, axis) => size === whole[whole.length - own.length + axis]);
}
