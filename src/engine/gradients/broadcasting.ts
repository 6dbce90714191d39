import * as tf from '../tf.ts';
import { defineGradient } from './define.ts';

type Pair = readonly [a: tf.Tensor, b: tf.Tensor];

/**
 * Operations of two tensors whose gradients core leaves in the shape of the result where one of them was broadcast,
 * and then fails: maximum, minimum, squared difference and batches of matrix products.
 */
export function installBroadcastingGradients(): void {
  // Of equal values the first takes the whole error, as in TensorFlow (math_grad.py, _MaximumMinimumGrad).
  installChoice(tf.Maximum, tf.greaterEqual);
  installChoice(tf.Minimum, tf.lessEqual);
  installSquaredDifference();
  installBatchMatMul();
}

function installChoice(name: string, isFirst: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): void {
  defineGradient(name, ['a', 'b'], (dy, [a, b]: Pair) => {
    const nothing = () => tf.zerosLike(dy);
    return {
      a: () => summedTo(a.shape, tf.where(isFirst(a, b), dy, nothing())),
      b: () => summedTo(b.shape, tf.where(isFirst(a, b), nothing(), dy)),
    };
  });
}

function installSquaredDifference(): void {
  defineGradient(tf.SquaredDifference, ['a', 'b'], (dy, [a, b]: Pair) => ({
    a: () => summedTo(a.shape, tf.mul(dy, tf.mul(2, tf.sub(a, b)))),
    b: () => summedTo(b.shape, tf.mul(dy, tf.mul(2, tf.sub(b, a)))),
  }));
}

function installBatchMatMul(): void {
  const { gradFunc } = tf.getGradient(tf.BatchMatMul);
  defineGradient(tf.BatchMatMul, ['a', 'b'], (dy, [a, b]: Pair, attrs: tf.NamedAttrMap) => {
    const products = gradFunc(dy, [a, b], attrs);
    return {
      a: () => summedTo(a.shape, products.a!()),
      b: () => summedTo(b.shape, products.b!()),
    };
  });
}

/** Undoes a broadcast: sums over the axes along which a tensor of `shape` was repeated. */
function summedTo(shape: number[], gradient: tf.Tensor): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return axes.length === 0 ? gradient : tf.reshape(tf.sum(gradient, axes), shape);
}
