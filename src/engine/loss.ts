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
  if (tf.getBackend() !== 'wasm') return plainCrossEntropy(targets, logits);
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
