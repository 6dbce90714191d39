import { kernelsIn } from './simd/module.ts';
import * as tf from './tf.ts';
import type { Optimizer, UpdateRule } from './update-rule.ts';

const FLOAT = 4;
const PAGE = 65_536;

/** Where a weight is kept: its values, then those of each slot. */
interface Place {
  readonly variable: tf.Variable;
  readonly weights: number;
  readonly slots: readonly number[];
  /** What the variable held when it was written last; another one was put in from outside. */
  known: tf.DataId | null;
}

/**
 * Updates weights whose tensors lie outside of wasm: copies of them live in a memory of the kernels' own, gradients are
 * copied in and new weights out. Two copies cost less than the ten operations that Adam is on such a backend.
 */
export function mirrored(rule: UpdateRule, variables: readonly tf.Variable[]): Optimizer {
  let end = 0;
  const take = (size: number) => {
    const at = end;
    end += Math.ceil((size * FLOAT) / 16) * 16;
    return at;
  };
  const places = new Map(
    variables.map((variable): [string, Place] => [variable.name, { variable, weights: take(variable.size), slots: Array.from({ length: rule.slots }, () => take(variable.size)), known: null }]),
  );
  const errors = take(Math.max(0, ...variables.map(({ size }) => size)));
  const memory = new WebAssembly.Memory({ initial: Math.ceil(end / PAGE) });
  const kernels = kernelsIn(memory);
  const floats = (at: number, size: number) => new Float32Array(memory.buffer, at, size);
  for (const { variable, slots } of places.values()) for (const slot of slots) floats(slot, variable.size).fill(rule.start);

  let step = 0;
  return {
    apply(gradients) {
      step++;
      for (const [name, gradient] of Object.entries(gradients)) {
        const place = places.get(name)!;
        const { variable, weights, slots } = place;
        if (variable.dataId !== place.known) floats(weights, variable.size).set(variable.dataSync());
        floats(errors, variable.size).set(gradient.dataSync());
        rule.update(kernels, step, weights, errors, variable.size, slots);
        const updated = tf.tensor(floats(weights, variable.size).slice(), variable.shape);
        variable.assign(updated);
        place.known = variable.dataId;
        updated.dispose();
      }
    },
    dispose() {
      places.clear();
    },
  };
}
