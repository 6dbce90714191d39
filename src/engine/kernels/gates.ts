import { addressOf, outputOf, simd } from '../simd/module.ts';
import * as tf from '../tf.ts';
import { setGradient } from './registry.ts';

/**
 * Gradients of ReLU, ReLU6 and clipping in one pass each: core makes a mask by two to four operations and multiplies,
 * so that an error that is not finite also leaves a gate that is closed.
 */
export function installGateGradients(): void {
  const open = (low: number, high: number) => (dy: tf.Tensor, [x]: readonly [tf.Tensor]) => ({
    x: () => passed(x, (dx) => { simd().gateOpen(addressOf(x), addressOf(dy), x.size, low, high, dx); }),
  });
  setGradient(tf.Relu, ['x'], open(0, Infinity));
  setGradient(tf.Relu6, ['x'], open(0, 6));
  setGradient(tf.ClipByValue, ['x'], (dy, [x]: readonly [tf.Tensor], { clipValueMin, clipValueMax }: tf.ClipByValueAttrs) => ({
    x: () => passed(x, (dx) => { simd().gateClosed(addressOf(x), addressOf(dy), x.size, clipValueMin, clipValueMax, dx); }),
  }));
}

function passed(x: tf.Tensor, pass: (dx: number) => void): tf.Tensor {
  const dx = outputOf(x.shape);
  pass(addressOf(dx));
  return tf.engine().makeTensorFromTensorInfo(dx);
}
