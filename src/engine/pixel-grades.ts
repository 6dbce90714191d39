import { addressOf, bytesAt, doublesAt, simd, workspace } from './simd/module.ts';
import type * as tf from './tf.ts';

const FLOAT = 4;
const DOUBLE = 8;

/** How the logits of one image answer to its labels; what is not a number is no answer, and neither is a tie. */
export interface PixelGrades {
  /** Cross-entropy summed over labelled pixels, in nats. */
  readonly entropy: number;
  /** By class, pixels where label and answer agree on it, and where one of the two is it. */
  readonly intersections: Float64Array;
  readonly unions: Float64Array;
}

/**
 * Grades each image of a batch.
 *
 * @param logits [images, height, width, classes]
 * @param labels of all its pixels, image after image
 * @param unlabelled the label of pixels that do not count
 */
export function gradePixels(logits: tf.Tensor, labels: Uint8Array, unlabelled: number): PixelGrades[] {
  const [images, classes] = [logits.shape[0], logits.shape.at(-1)!];
  const pixels = labels.length / images;
  const [bytes, powers, counts] = workspace(labels.length, (classes + 1) * DOUBLE, 2 * classes * DOUBLE);
  const at = addressOf(logits);
  bytesAt(bytes, labels.length).set(labels);
  return Array.from({ length: images }, (_, image) => {
    simd().clear(counts, 2 * classes * DOUBLE);
    const entropy = simd().gradePixels(at + image * pixels * classes * FLOAT, bytes + image * pixels, pixels, classes, unlabelled, powers, counts);
    const counted = doublesAt(counts, 2 * classes).slice();
    return { entropy, intersections: counted.subarray(0, classes), unions: counted.subarray(classes) };
  });
}
