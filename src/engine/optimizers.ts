import { mirrored } from './mirrored-optimizer.ts';
import { addressOf, outputOf, simd } from './simd/module.ts';
import * as tf from './tf.ts';
import type { Optimizer, UpdateRule } from './update-rule.ts';

export type { Optimizer };

const EPSILON = 1e-7;
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const DECAY = 0.9;
const ADAGRAD_START = 0.1;

const RULES = {
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

/** @param rate learning rate */
export function createOptimizer(name: OptimizerName, rate: number, variables: readonly tf.Variable[]): Optimizer {
  const rule = RULES[name](rate);
  return tf.getBackend() === 'wasm' ? new InPlace(rule, variables) : mirrored(rule, variables);
}

/** Values that an optimizer remembers for each weight. */
export function slotsOf(name: OptimizerName): number {
  return RULES[name](0).slots;
}

class InPlace implements Optimizer {
  private readonly slots: ReadonlyMap<string, { readonly variable: tf.Variable; readonly tensors: readonly tf.Tensor[] }>;
  private step = 0;

  constructor(
    private readonly rule: UpdateRule,
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
      this.rule.update(simd(), this.step, addressOf(variable), addressOf(gradient), variable.size, tensors.map(addressOf));
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
