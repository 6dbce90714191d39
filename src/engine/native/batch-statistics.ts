import * as tf from '../tf.ts';
import { batchNorm, batchNormGradient, fusedBatchNorm, fusedBatchNormGradient, hasOperations } from './operations.ts';

interface Normalized {
  readonly y: tf.Tensor;
  readonly mean: tf.Tensor;
  /** Of the population. */
  readonly variance: tf.Tensor;
  readonly gradient: (dy: tf.Tensor, x: tf.Tensor, scale: tf.Tensor, saved: readonly tf.Tensor[]) => [x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor];
  /** What the gradient needs besides x and scale. */
  readonly saved: readonly tf.Tensor[];
}

/**
 * Batch normalization in training, one operation forward and one back, where core takes about thirty: of our own, else
 * TensorFlow's.
 *
 * @param x [..., channels]
 * @param gamma, beta [channels]; null stands for ones and zeros
 * @returns what `normalizeBatch` does: variances are of the population
 */
export function normalizeBatchNatively(x: tf.Tensor, gamma: tf.Tensor | null, beta: tf.Tensor | null, epsilon: number): { y: tf.Tensor; mean: tf.Tensor; variance: tf.Tensor } {
  const channels = x.shape.at(-1)!;
  const [scale, offset] = [gamma ?? tf.ones([channels]), beta ?? tf.zeros([channels])];
  const { y: normalized, mean, variance, gradient, saved } = (hasOperations() ? byOwnOperation : byTensorFlow)(x, scale, offset, epsilon);
  const y = tf.customGrad((...args) => {
    const save = args.pop() as unknown as (tensors: tf.Tensor[]) => void;
    save([x, scale, ...saved]);
    return {
      value: normalized,
      gradFunc: (dy: tf.Tensor, [savedX, savedScale, ...others]: tf.Tensor[]) => {
        const [dx, dScale, dOffset] = gradient(dy, savedX!, savedScale!, others);
        return [dx, ...(gamma ? [dScale] : []), ...(beta ? [dOffset] : [])];
      },
    };
  })(...[x, gamma, beta].filter((tensor) => tensor !== null));
  return { y, mean, variance };
}

function byOwnOperation(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, epsilon: number): Normalized {
  const [y, mean, variance] = batchNorm(x, scale, offset, epsilon);
  return { y, mean, variance, saved: [mean, variance], gradient: (dy, savedX, savedScale, saved) => batchNormGradient(dy, savedX, savedScale, saved, epsilon) };
}

function byTensorFlow(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, epsilon: number): Normalized {
  const { y, mean, sampleVariance, reserved } = fusedBatchNorm(asImages(x), scale, offset, epsilon);
  return {
    y: inShape(y, x),
    mean,
    variance: ofPopulation(sampleVariance, x.size / scale.size),
    saved: reserved,
    gradient: (dy, savedX, savedScale, saved) => {
      const [dx, dScale, dOffset] = fusedBatchNormGradient(asImages(dy), asImages(savedX), savedScale, saved, epsilon);
      return [inShape(dx, savedX), dScale, dOffset];
    },
  };
}

/** Without a copy where it is an image already, which is nearly always. */
function asImages(tensor: tf.Tensor): tf.Tensor {
  const channels = tensor.shape.at(-1)!;
  return tensor.rank === 4 ? tensor : tf.reshape(tensor, [tensor.size / channels, 1, 1, channels]);
}

function inShape(tensor: tf.Tensor, { rank, shape }: tf.Tensor): tf.Tensor {
  return rank === 4 ? tensor : tf.reshape(tensor, shape);
}

/** Of so few values, operations would take longer. */
function ofPopulation(sampleVariance: tf.Tensor, rows: number): tf.Tensor {
  // A single row has no sample variance; its own is 0.
  const share = rows > 1 ? (rows - 1) / rows : 0;
  return tf.tensor1d(sampleVariance.dataSync<'float32'>().map((variance) => (share === 0 ? 0 : variance * share)));
}
