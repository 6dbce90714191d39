import { mirrored } from './mirrored-optimizer.ts';
import { addressOf, outputOf, simd } from './simd/module.ts';
import * as tf from './tf.ts';
import { type Optimizer, type OptimizerName, RULES, type UpdateRule } from './update-rule.ts';

export type { Optimizer };

/** @param rate learning rate */
export function createOptimizer(name: OptimizerName, rate: number, variables: readonly tf.Variable[]): Optimizer {
  const rule = RULES[name](rate);
  return tf.getBackend() === 'wasm' ? new InPlace(rule, variables) : mirrored(rule, variables);
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
