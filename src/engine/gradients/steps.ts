import * as tf from '../tf.ts';
import { defineGradient } from './define.ts';

const OF_ONE = [tf.Any, tf.All, tf.LogicalNot];
const OF_TWO = [tf.Equal, tf.NotEqual, tf.Greater, tf.GreaterEqual, tf.Less, tf.LessEqual, tf.LogicalAnd, tf.LogicalOr];

/**
 * Comparisons and logic are constant but for jumps, so that nothing flows back through them. Core has no gradient for
 * most of them and then fails wherever values also reach the loss another way: in masks, and in a ThresholdedReLU.
 */
export function installStepGradients(): void {
  for (const name of OF_ONE) {
    defineGradient(name, ['x'], (_, [x]: readonly [tf.Tensor]) => ({ x: () => tf.zeros(x.shape) }));
  }
  for (const name of OF_TWO) {
    defineGradient(name, ['a', 'b'], (_, [a, b]: readonly [tf.Tensor, tf.Tensor]) => ({
      a: () => tf.zeros(a.shape),
      b: () => tf.zeros(b.shape),
    }));
  }
}
