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

const EPSILON = 1e-7;
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const DECAY = 0.9;
const ADAGRAD_START = 0.1;

export const RULES = {
  sgd: (rate: number): UpdateRule => ({ slots: 0, start: 0, update: (kernels, _, w, g, n) => { kernels.sgd(w, g, n, rate); } }),
  momentum: (rate: number): UpdateRule => ({ slots: 1, start: 0, update: (kernels, _, w, g, n, [a]) => { kernels.momentum(w, a!, g, n, rate, DECAY); } }),
  adam: (rate: number): UpdateRule => ({
    slots: 2,
    start: 0,
    update: (kernels, step, w, g, n, [m, v]) => { kernels.adam(w, m!, v!, g, n, rate, BETA_1, BETA_2, 1 - BETA_1 ** step, 1 - BETA_2 ** step, EPSILON); },
  }),
  adamax: (rate: number): UpdateRule => ({
    slots: 2,
    start: 0,
    update: (kernels, step, w, g, n, [m, u]) => { kernels.adamax(w, m!, u!, g, n, rate / (1 - BETA_1 ** step), BETA_1, BETA_2, EPSILON); },
  }),
  rmsprop: (rate: number): UpdateRule => ({ slots: 1, start: 0, update: (kernels, _, w, g, n, [s]) => { kernels.rmsprop(w, s!, g, n, rate, DECAY, EPSILON); } }),
  adagrad: (rate: number): UpdateRule => ({ slots: 1, start: ADAGRAD_START, update: (kernels, _, w, g, n, [s]) => { kernels.adagrad(w, s!, g, n, rate, EPSILON); } }),
} as const;

export type OptimizerName = keyof typeof RULES;

/** Values that an optimizer remembers for each weight. */
export function slotsOf(name: OptimizerName): number {
  return RULES[name](0).slots;
}
