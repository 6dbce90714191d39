import { addressOf, doublesAt, outputOf, simd, workspace } from './simd/module.ts';
import * as tf from './tf.ts';

const DOUBLE = 8;

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

function crossEntropy(targets: tf.Tensor2D, logits: tf.Tensor): { value: tf.Scalar; gradient: tf.Tensor } {
  const [rows, classes] = targets.shape;
  const gradient = tf.engine().makeTensorFromTensorInfo(outputOf([rows, classes]));
  const [sums] = workspace(2 * rows * DOUBLE);
  simd().softmaxCrossEntropy(addressOf(logits), addressOf(targets), rows, classes, 1 / rows, sums, addressOf(gradient));
  const largestAndSum = doublesAt(sums, 2 * rows).slice();
  const [scores, wanted] = [logits.dataSync(), targets.dataSync()];
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const level = largestAndSum[2 * row]! + Math.log(largestAndSum[2 * row + 1]!);
    for (let at = row * classes; at < (row + 1) * classes; at++) {
      // 0 of what is not finite counts nothing.
      if (wanted[at] !== 0) loss += wanted[at]! * (level - scores[at]!);
    }
  }
  return { value: tf.scalar(loss / rows), gradient };
}
