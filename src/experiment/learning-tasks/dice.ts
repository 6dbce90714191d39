import { UNLABELLED } from '../../data/answers.ts';
import { DICE_SMOOTHING } from '../../engine/loss.ts';

/**
 * 1 minus the soft Dice coefficient of one image, mean over classes, as {@link softDice} computes it, in double precision.
 *
 * @param mask class of each pixel
 * @param logits pixels x classes
 */
export function diceOf(mask: Uint8Array, logits: Float32Array, classes: number): number {
  const [overlaps, sums] = [new Float64Array(classes), new Float64Array(classes)];
  const exponentials = new Float64Array(classes);
  for (let pixel = 0; pixel < mask.length; pixel++) {
    const label = mask[pixel]!;
    if (label === UNLABELLED) continue;
    const from = pixel * classes;
    let largest = -Infinity;
    for (let at = from; at < from + classes; at++) largest = Math.max(largest, logits[at]!);
    let total = 0;
    for (let at = 0; at < classes; at++) total += exponentials[at] = Math.exp(logits[from + at]! - largest);
    for (let at = 0; at < classes; at++) sums[at]! += exponentials[at]! / total;
    overlaps[label]! += exponentials[label]! / total;
    sums[label]!++;
  }
  return meanLoss(overlaps, sums);
}

/**
 * The same for an answer that gives each pixel the same probabilities.
 *
 * @param counts pixels of each class
 */
export function constantDice(counts: readonly number[], probabilities: readonly number[]): number {
  const labelled = counts.reduce((sum, count) => sum + count, 0);
  return meanLoss(
    counts.map((count, label) => count * probabilities[label]!),
    counts.map((count, label) => count + labelled * probabilities[label]!),
  );
}

function meanLoss(overlaps: ArrayLike<number>, sums: ArrayLike<number>): number {
  let loss = 0;
  for (let label = 0; label < sums.length; label++) loss += 1 - (2 * overlaps[label]! + DICE_SMOOTHING) / (sums[label]! + DICE_SMOOTHING);
  return loss / sums.length;
}
