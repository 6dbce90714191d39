import { BATCH_NORMALIZATION, BATCH_STATISTICS, type NormalizationAttrs } from './kernels/batch-normalization.ts';
import { runKernel, runKernels } from './kernels/registry.ts';
import * as tf from './tf.ts';

export interface NormalizedBatch {
  readonly y: tf.Tensor;
  /** Of each channel; variances are of the population. */
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
}

/**
 * Batch normalization in training, y = gamma (x - mean) / sqrt(variance + epsilon) + beta, by the mean and the variance
 * of each channel in this very batch, and its gradient by x, gamma and beta (Ioffe and Szegedy 2015, arXiv:1502.03167,
 * algorithm 1 and section 3). Two passes over the values forward and two back; sums are in double precision.
 *
 * @param x [..., channels]
 * @param gamma, beta [channels]; null stands for ones and zeros
 */
export function normalizeBatch(x: tf.Tensor, gamma: tf.Tensor | null, beta: tf.Tensor | null, epsilon: number): NormalizedBatch {
  const attrs: NormalizationAttrs = { epsilon };
  const scale = gamma ? { gamma } : {};
  const [mean, variance] = runKernels(BATCH_STATISTICS, { x }, {}) as [tf.Tensor, tf.Tensor];
  const y = tf.customGrad((...args) => {
    const save = args.pop() as unknown as (tensors: tf.Tensor[]) => void;
    save([x, mean, variance, ...(gamma ? [gamma] : [])]);
    return {
      value: runKernel(BATCH_NORMALIZATION, { x, mean, variance, ...scale, ...(beta ? { beta } : {}) }, attrs),
      gradFunc: (dy: tf.Tensor, [savedX, savedMean, savedVariance, savedGamma]: tf.Tensor[]) => {
        const inputs = { dy, x: savedX!, mean: savedMean!, variance: savedVariance!, ...(savedGamma ? { gamma: savedGamma } : {}) };
        const [dx, dgamma, dbeta] = runKernels(`${BATCH_NORMALIZATION}Grad`, inputs, attrs) as [tf.Tensor, tf.Tensor, tf.Tensor];
        return [dx, ...(gamma ? [dgamma] : []), ...(beta ? [dbeta] : [])];
      },
    };
  })(...[x, gamma, beta].filter((tensor) => tensor !== null));
  return { y, mean, variance };
}
