import { isNative, rectifierGradient } from '../native/operations.ts';
import { addressOf, outputOf, simd } from '../simd/module.ts';
import * as tf from '../tf.ts';
import { runKernel, setGradient, setKernel } from './registry.ts';

/** Name of the kernel that gives an error on where a value lies between two limits. */
export const GATE = 'Gate';

interface GateAttrs {
  readonly low: number;
  readonly high: number;
  /** Whether it is open at the limits. */
  readonly inclusive: boolean;
}

/** The kernel behind the gradients, which TensorFlow.js composes of others. */
export function installGates(): void {
  setKernel(GATE, 'wasm', ({ x, dy }: Record<'x' | 'dy', tf.Tensor>, { low, high, inclusive }: GateAttrs) => {
    const dx = outputOf(x.shape);
    if (inclusive) simd().gateClosed(addressOf(x), addressOf(dy), x.size, low, high, addressOf(dx));
    else simd().gateOpen(addressOf(x), addressOf(dy), x.size, low, high, addressOf(dx));
    return dx;
  });
}

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
        ? runKernel(GATE, { x, dy }, { low: clipValueMin, high: clipValueMax, inclusive: true })
        : masked(dy, tf.logicalAnd(tf.greaterEqual(x, clipValueMin), tf.lessEqual(x, clipValueMax))),
  }));
}

function rectifier(name: 'ReluGrad' | 'Relu6Grad', low: number, high: number) {
  return (dy: tf.Tensor, [x]: readonly [tf.Tensor]) => ({
    x: () => {
      if (isNative()) return rectifierGradient(name, dy, x);
      if (tf.getBackend() === 'wasm') return runKernel(GATE, { x, dy }, { low, high, inclusive: false });
      return masked(dy, tf.logicalAnd(tf.greater(x, low), tf.less(x, high)));
    },
  });
}

function masked(dy: tf.Tensor, open: tf.Tensor): tf.Tensor {
  return tf.where(open, dy, tf.zerosLike(dy));
}
