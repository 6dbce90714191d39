import type { SimdKernels } from './simd/module.ts';
import type * as tf from './tf.ts';

/**
 * Updates variables in place, each in one pass over its values.
 *
 * The formulas are those of TensorFlow.js's optimizers with their default settings:
 * - `sgd`: w -= rate g
 * - `momentum` (0.9): a = 0.9 a + g, w -= rate a
 * - `adam` (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1; beta 0.9 and 0.999, epsilon 1e-7)
 * - `adamax` (the same, algorithm 2)
 * - `rmsprop` (Tieleman & Hinton 2012; decay 0.9, epsilon 1e-7)
 * - `adagrad` (Duchi et al. 2011; starts at 0.1, epsilon 1e-7)
 */
export interface Optimizer {
  /** Takes one step. A variable that has no gradient keeps its value. */
  apply(gradients: tf.NamedTensorMap): void;
  /** Frees what it remembers. */
  dispose(): void;
}

/** Remembers `slots` values for each weight. */
export interface UpdateRule {
  readonly slots: number;
  readonly start: number;
  update(kernels: SimdKernels, step: number, weights: number, gradient: number, size: number, slots: readonly number[]): void;
}
