import * as tf from '../tf.ts';
import { fusedBatchNorm, fusedBatchNormGradient } from './operations.ts';

/** Without a copy where it is an image already, which is nearly always. */
function asImages(tensor: tf.Tensor): tf.Tensor {
  const channels = tensor.shape.at(-1)!;
  return tensor.rank === 4 ? tensor : tf.reshape(tensor, [tensor.size / channels, 1, 1, channels]);
}

function inShape(tensor: tf.Tensor, { rank, shape }: tf.Tensor): tf.Tensor {
  return rank === 4 ? tensor : tf.reshape(tensor, shape);
}

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
  const { y: normalized, mean, sampleVariance, reserved } = fusedBatchNorm(asImages(x), scale, offset, epsilon);
  const inputs = [x, gamma, beta].filter((tensor) => tensor !== null);
  const y = tf.customGrad((...args) => {
    const save = args.pop() as unknown as (tensors: tf.Tensor[]) => void;
    save([x, scale, ...reserved]);
    return {
      value: inShape(normalized, x),
      gradFunc: (dy: tf.Tensor, [savedX, savedScale, ...saved]: tf.Tensor[]) => {
        const [dx, dScale, dOffset] = fusedBatchNormGradient(asImages(dy), asImages(savedX!), savedScale!, saved, epsilon);
        return [inShape(dx, x), ...(gamma ? [dScale] : []), ...(beta ? [dOffset] : [])];
      },
    };
  })(...inputs);
  return { y, mean, variance: ofPopulation(sampleVariance, rows) };
}

/** Of so few values, operations would take longer. */
function ofPopulation(sampleVariance: tf.Tensor, rows: number): tf.Tensor {
  // A single row has no sample variance; its own is 0.
  const share = rows > 1 ? (rows - 1) / rows : 0;
  return tf.tensor1d(sampleVariance.dataSync<'float32'>().map((variance) => (share === 0 ? 0 : variance * share)));
}
