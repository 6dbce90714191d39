import { addressOf, outputOf, simd } from '../simd/module.ts';
import * as tf from '../tf.ts';
import { setKernel } from './registry.ts';

interface Inputs {
  x: tf.Tensor;
  alpha: tf.Tensor;
}

/**
 * ReLU with learned slopes. Stock wasm keeps a copy of the slopes that it saw first, so that what an optimizer makes of
 * them counts for nothing; leaves its output undefined, with a line on the console, where XNNPACK refuses; and lays slopes
 * end to end along the input, whatever their shape: wrong for a PReLU whose slopes are shared along an axis after one that
 * has slopes of its own. Such slopes are spread out first.
 */
export function installPrelu(): void {
  setKernel(tf.Prelu, 'wasm', ({ x, alpha }: Inputs) => {
    if (repeatsAsWhole(alpha.shape, x.shape)) return rectified(x, alpha);
    const spread = tf.broadcastTo(alpha, x.shape);
    try {
      return rectified(x, spread);
    } finally {
      spread.dispose();
    }
  });
}

function rectified(x: tf.Tensor, slopes: tf.Tensor): tf.TensorInfo {
  const y = outputOf(x.shape);
  if (x.size > 0) simd().rectify(addressOf(x), addressOf(slopes), x.size / slopes.size, slopes.size, addressOf(y));
  return y;
}

/** Whether a tensor, but for axes of 1 before, has the last axes of another. */
function repeatsAsWhole(shape: readonly number[], whole: readonly number[]): boolean {
  const own = shape.slice(shape.findIndex((size) => size !== 1));
  return shape.every((size) => size === 1) || own.every((size, axis) => size === whole[whole.length - own.length + axis]);
}
