import * as tf from '../tf.ts';
import { defineGradient } from './define.ts';

/** Functions with a kink, at which core chooses another slope than TensorFlow. */
export function installKinkGradients(): void {
  installAbs();
  installExtreme(tf.Max, tf.max);
  installExtreme(tf.Min, tf.min);
}

/** 0 at 0. Core says -1, and an L1 penalty then pulls biases away from 0, where they begin. */
function installAbs(): void {
  defineGradient(tf.Abs, ['x'], (dy, [x]: readonly [tf.Tensor]) => ({ x: () => tf.mul(dy, tf.sign(x)) }));
}

/** The axes of a maximum, or those of a minimum. */
type Axes = { readonly reductionIndices: number | number[] } | { readonly axis: number | number[] };

/** Equal extremes share the error (TensorFlow's math_grad.py, _MinOrMaxGrad). Core gives each of them all of it. */
function installExtreme(name: string, extreme: (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor): void {
  defineGradient(name, ['x'], (dy, [x]: readonly [tf.Tensor], attrs: Axes) => ({
    x: () => {
      const axes = tf.util.parseAxisParam('axis' in attrs ? attrs.axis : attrs.reductionIndices, x.shape);
      const y = extreme(x, axes, true);
      const isExtreme = tf.cast(tf.equal(x, y), 'float32');
      return tf.mul(tf.div(tf.reshape(dy, y.shape), tf.sum(isExtreme, axes, true)), isExtreme);
    },
  }));
}
