import { addressOf, outputOf, simd } from './simd/module.ts';
import * as tf from './tf.ts';

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
interface Rule {
  readonly slots: number;
  readonly start: number;
  update(step: number, weights: number, gradient: number, size: number, slots: readonly number[]): void;
}

const EPSILON = 1e-7;
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const DECAY = 0.9;
const ADAGRAD_START = 0.1;

const RULES = {
  sgd: (rate: number): Rule => ({ slots: 0, start: 0, update: (_, w, g, n) => { simd().sgd(w, g, n, rate); } }),
  momentum: (rate: number): Rule => ({ slots: 1, start: 0, update: (_, w, g, n, [a]) => { simd().momentum(w, a!, g, n, rate, DECAY); } }),
  adam: (rate: number): Rule => ({
    slots: 2,
    start: 0,
    update: (step, w, g, n, [m, v]) => { simd().adam(w, m!, v!, g, n, rate, BETA_1, BETA_2, 1 - BETA_1 ** step, 1 - BETA_2 ** step, EPSILON); },
  }),
  adamax: (rate: number): Rule => ({
    slots: 2,
    start: 0,
    update: (step, w, g, n, [m, u]) => { simd().adamax(w, m!, u!, g, n, rate / (1 - BETA_1 ** step), BETA_1, BETA_2, EPSILON); },
  }),
  rmsprop: (rate: number): Rule => ({ slots: 1, start: 0, update: (_, w, g, n, [s]) => { simd().rmsprop(w, s!, g, n, rate, DECAY, EPSILON); } }),
  adagrad: (rate: number): Rule => ({ slots: 1, start: ADAGRAD_START, update: (_, w, g, n, [s]) => { simd().adagrad(w, s!, g, n, rate, EPSILON); } }),
} as const;

export type OptimizerName = keyof typeof RULES;

/** @param rate learning rate */
export function createOptimizer(name: OptimizerName, rate: number, variables: readonly tf.Variable[]): Optimizer {
  return new InPlace(RULES[name](rate), variables);
}

/** Values that an optimizer remembers for each weight. */
export function slotsOf(name: OptimizerName): number {
  return RULES[name](0).slots;
}

class InPlace implements Optimizer {
  private readonly slots: ReadonlyMap<string, { readonly variable: tf.Variable; readonly tensors: readonly tf.Tensor[] }>;
  private step = 0;

  constructor(
    private readonly rule: Rule,
    variables: readonly tf.Variable[],
  ) {
    const slot = (shape: number[]) => tf.keep(tf.fill(shape, rule.start));
    this.slots = new Map(variables.map((variable) => [variable.name, { variable, tensors: Array.from({ length: rule.slots }, () => slot(variable.shape)) }]));
  }

  apply(gradients: tf.NamedTensorMap): void {
    this.step++;
    for (const [name, gradient] of Object.entries(gradients)) {
      const { variable, tensors } = this.slots.get(name)!;
      ownMemory(variable);
      this.rule.update(this.step, addressOf(variable), addressOf(gradient), variable.size, tensors.map(addressOf));
    }
  }

  dispose(): void {
    for (const { tensors } of this.slots.values()) tf.dispose([...tensors]);
  }
}

/** Gives a variable that shares its memory with other tensors, such as the stored weights, memory of its own. */
function ownMemory(variable: tf.Variable): void {
  if (tf.engine().backend.refCount(variable.dataId) === 1) return;
  const copy = tf.engine().makeTensorFromTensorInfo(outputOf(variable.shape));
  simd().copy(addressOf(variable), addressOf(copy), variable.size * Float32Array.BYTES_PER_ELEMENT);
  variable.assign(copy);
  copy.dispose();
}
