import * as tf from '../tf.ts';
import { fusedBatchNorm, fusedBatchNormGradient } from './operations.ts';

/**
 * Batch normalization in training by TensorFlow's own fused kernel, one operation forward and one back, where core
 * takes about thirty.
 *
 * @param x [..., channels]
 * @param gamma, beta [channels]; null stands for ones and zeros
 * @returns what `normalizeBatch` does: variances are of the population
 */
export function normalizeBatchNatively(x: tf.Tensor, gamma: tf.Tensor | null, beta: tf.Tensor | null, epsilon: number): { y: tf.Tensor; mean: tf.Tensor; variance: tf.Tensor } {
  const channels = x.shape.at(-1)!;
  const rows = x.size / channels;
  const [scale, offset] = [gamma ?? tf.ones([channels]), beta ?? tf.zeros([channels])];
  const asImages = (tensor: tf.Tensor) => tf.reshape(tensor, [rows, 1, 1, channels]);
  const { y: normalized, mean, sampleVariance, reserved } = fusedBatchNorm(asImages(x), scale, offset, epsilon);
  const inputs = [x, gamma, beta].filter((tensor) => tensor !== null);
  const y = tf.customGrad((...args) => {
    const save = args.pop() as unknown as (tensors: tf.Tensor[]) => void;
    save([x, scale, ...reserved]);
    return {
      value: tf.reshape(normalized, x.shape),
      gradFunc: (dy: tf.Tensor, [savedX, savedScale, ...saved]: tf.Tensor[]) => {
        const [dx, dScale, dOffset] = fusedBatchNormGradient(asImages(dy), asImages(savedX!), savedScale!, saved, epsilon);
        return [tf.reshape(dx, x.shape), ...(gamma ? [dScale] : []), ...(beta ? [dOffset] : [])];
      },
    };
  })(...inputs);
  // A single row has no sample variance; its own is 0.
  const variance = rows > 1 ? tf.mul(sampleVariance, (rows - 1) / rows) : tf.zeros([channels]);
  return { y, mean, variance };
}
