import * as tf from '../tf.ts';

/** Limits between which a kernel clamps what it stores. */
export interface Clamp {
  readonly low: number;
  readonly high: number;
}

/** Of a kernel whose output a rectifier behind it would clamp (see `fused-calls.ts`). */
export interface Clamped {
  readonly clamp: Clamp;
}

const CLAMPS: Partial<Record<tf.backend_util.Activation, Clamp>> = {
  linear: { low: -Infinity, high: Infinity },
  relu: { low: 0, high: Infinity },
  relu6: { low: 0, high: 6 },
};

export interface FusedActivation {
  readonly activation: tf.backend_util.Activation;
  readonly preluActivationWeights?: tf.Tensor | undefined;
  readonly leakyreluAlpha?: number | undefined;
}

/**
 * Runs a linear operation with an activation at its end: in the same pass where that is a clamp, else in one more.
 *
 * @param compute the operation, which clamps its output
 */
export function activated(compute: (clamp: Clamp) => tf.TensorInfo, fused: FusedActivation): tf.TensorInfo {
  const clamp = CLAMPS[fused.activation];
  if (clamp) return compute(clamp);
  return tf.tidy(() => {
    const linear = tf.engine().makeTensorFromTensorInfo(compute(CLAMPS.linear!));
    return tf.backend_util.applyActivation(linear, fused.activation, fused.preluActivationWeights, fused.leakyreluAlpha);
  });
}

export const UNCLAMPED: Clamp = CLAMPS.linear!;
