import { isNative, rectifierGradient } from '../native/operations.ts';
import { addressOf, outputOf, simd } from '../simd/module.ts';
import * as tf from '../tf.ts';
import { setGradient } from './registry.ts';

/**
 * Gradients of ReLU, ReLU6 and clipping in one pass each: core makes a mask by two to four operations and multiplies,
 * so that an error that is not finite also leaves a gate that is closed.
 */
export function installGateGradients(): void {
  setGradient(tf.Relu, ['x'], rectifier('ReluGrad', 0, Infinity));
  setGradient(tf.Relu6, ['x'], rectifier('Relu6Grad', 0, 6));
  setGradient(tf.ClipByValue, ['x'], (dy, [x]: readonly [tf.Tensor], { clipValueMin, clipValueMax }: tf.ClipByValueAttrs) => ({
    x: () =>
      tf.getBackend() === 'wasm'
        ? passed(x, (dx) => { simd().gateClosed(addressOf(x), addressOf(dy), x.size, clipValueMin, clipValueMax, dx); })
        : masked(dy, tf.logicalAnd(tf.greaterEqual(x, clipValueMin), tf.lessEqual(x, clipValueMax))),
  }));
}

function rectifier(name: 'ReluGrad' | 'Relu6Grad', low: number, high: number) {
  return (dy: tf.Tensor, [x]: readonly [tf.Tensor]) => ({
    x: () => {
      if (isNative()) return rectifierGradient(name, dy, x);
      if (tf.getBackend() === 'wasm') return passed(x, (dx) => { simd().gateOpen(addressOf(x), addressOf(dy), x.size, low, high, dx); });
      return masked(dy, tf.logicalAnd(tf.greater(x, low), tf.less(x, high)));
    },
  });
}

function masked(dy: tf.Tensor, open: tf.Tensor): tf.Tensor {
  return tf.where(open, dy, tf.zerosLike(dy));
}

function passed(x: tf.Tensor, pass: (dx: number) => void): tf.Tensor {
  const dx = outputOf(x.shape);
  pass(addressOf(dx));
  return tf.engine().makeTensorFromTensorInfo(dx);
}
