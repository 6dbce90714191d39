import { runKernels } from './kernels/registry.ts';
import { CROSS_ENTROPY } from './kernels/cross-entropy.ts';
import * as tf from './tf.ts';

/**
 * Mean softmax cross-entropy of logits and targets [rows, classes], in nats, and its gradient by the logits, in one
 * pass each and in double precision. The targets of a row are probabilities; they get no gradient.
 */
export function softmaxCrossEntropy(targets: tf.Tensor2D, logits: tf.Tensor2D): tf.Scalar {
  const loss = tf.customGrad((scores, save) => {
    const { value, gradient } = crossEntropy(targets, scores as tf.Tensor);
    (save as (tensors: tf.Tensor[]) => void)([gradient]);
    return { value, gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.mul(saved!, dy) };
  });
  return loss(logits);
}

/** Keeps classes that neither occur nor are answered from dividing by zero; MONAI's default. */
export const DICE_SMOOTHING = 1e-5;

/**
 * 1 minus the soft Dice coefficient, mean over images and classes: (2 sum p y + s) / (sum p + sum y + s) with the
 * probabilities p = softmax(logits) (Sudre et al. 2017, arXiv:1707.03237; with the smoothing s on both sides as in MONAI's
 * DiceLoss). Pixels whose targets are all zero do not count.
 *
 * @param targets shape [images, pixels, classes], 0 or 1
 * @param logits of the same shape
 */
export function softDice(targets: tf.Tensor3D, logits: tf.Tensor): tf.Scalar {
  const probabilities = tf.mul(tf.softmax(logits), tf.sum(targets, 2, true));
  const overlap = tf.sum(tf.mul(probabilities, targets), 1);
  const sums = tf.add(tf.sum(probabilities, 1), tf.sum(targets, 1));
  const dice = tf.div(tf.add(tf.mul(overlap, 2), DICE_SMOOTHING), tf.add(sums, DICE_SMOOTHING));
  return tf.mean(tf.sub(1, dice));
}

function crossEntropy(targets: tf.Tensor2D, logits: tf.Tensor): { value: tf.Scalar; gradient: tf.Tensor } {
  if (tf.getBackend() !== 'wasm') return plainCrossEntropy(targets, logits);
  const [value, gradient] = runKernels(CROSS_ENTROPY, { targets, logits }, {});
  return { value: value as tf.Scalar, gradient: gradient! };
}

/** The same in a plain loop: of one number a class, the copies of a kernel would cost more than they save. */
function plainCrossEntropy(targets: tf.Tensor2D, logits: tf.Tensor): { value: tf.Scalar; gradient: tf.Tensor } {
  const [rows, classes] = targets.shape;
  const [scores, wanted] = [logits.dataSync(), targets.dataSync()];
  const gradient = new Float32Array(rows * classes);
  let loss = 0;
  for (let start = 0; start < gradient.length; start += classes) {
    let [largest, sum] = [-Infinity, 0];
    for (let at = start; at < start + classes; at++) largest = Math.max(largest, scores[at]!);
    for (let at = start; at < start + classes; at++) sum += Math.exp(scores[at]! - largest);
    const level = largest + Math.log(sum);
    let weight = 0;
    for (let at = start; at < start + classes; at++) {
      weight += wanted[at]!;
      // 0 of what is not finite counts nothing.
      if (wanted[at] !== 0) loss += wanted[at]! * (level - scores[at]!);
    }
    for (let at = start; at < start + classes; at++) gradient[at] = (weight * Math.exp(scores[at]! - level) - wanted[at]!) / rows;
  }
  return { value: tf.scalar(loss / rows), gradient: tf.tensor(gradient, [rows, classes]) };
}
