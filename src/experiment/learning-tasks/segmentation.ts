import { areasOf, type Masks, UNLABELLED } from '../../data/answers.ts';
import { tensorOf } from '../../engine/heap.ts';
import { softDice, softmaxCrossEntropy } from '../../engine/loss.ts';
import { gradePixels } from '../../engine/pixel-grades.ts';
import * as tf from '../../engine/tf.ts';
import type { Loss, TrivialScore } from '../../evidence/types.ts';
import { entropyOf } from '../../stats/entropy.ts';
import { meanIou, type Overlap } from '../../stats/mean-iou.ts';
import { mean, sampleVariance } from '../../stats/summary.ts';
import type { Evaluation, Grading, LearningTask } from '../learning-task.ts';
import { constantDice, diceOf } from './dice.ts';

/**
 * One class for each pixel: cross-entropy of logits over labelled pixels, soft Dice over images and classes, or their
 * sum; mean intersection over union. Unlabelled pixels are neither learned nor judged.
 */
export class Segmentation implements LearningTask {
  readonly outputShape: readonly number[];
  /** Labelled pixels of each class, and in all, by image. */
  private readonly areas: readonly (readonly number[])[];
  private readonly labelled: readonly number[];

  constructor(
    private readonly answers: Masks,
    private readonly kind: Loss,
  ) {
    this.outputShape = [...answers.size, answers.classes];
    this.areas = areasOf(answers);
    this.labelled = this.areas.map(sum);
  }

  get facts() {
    return { kind: 'segmentation', metric: 'mIoU', loss: this.kind } as const;
  }

  trivial(examples: readonly number[]): TrivialScore {
    return trivialOf(examples.map((example) => this.areas[example]!), this.answers.classes, this.kind);
  }

  loss(outputs: tf.Tensor, part: readonly number[], batch: readonly number[], targets: tf.Tensor | undefined = this.targets(part, batch)): tf.Scalar {
    const { classes } = this.answers;
    const pixels = this.outputShape[0]! * this.outputShape[1]!;
    const entropy = (weighted: tf.Tensor) => softmaxCrossEntropy(weighted.reshape([part.length * pixels, classes]), outputs.reshape([part.length * pixels, classes]));
    if (targets) return entropy(targets);
    const plain = this.oneHot(part, 1);
    const dice = tf.mul<tf.Scalar>(softDice(plain, outputs.reshape([part.length, pixels, classes])), part.length / batch.length);
    return this.kind === 'dice' ? dice : tf.add<tf.Scalar>(entropy(tf.mul(plain, this.weight(part, batch))), dice);
  }

  /** Shape [n, pixels, classes], for cross-entropy alone: Dice takes other targets. */
  targets(part: readonly number[], batch: readonly number[]): tf.Tensor3D | undefined {
    return this.kind === 'cross-entropy' ? this.oneHot(part, this.weight(part, batch)) : undefined;
  }

  grading(): Grading {
    return new Exam(this.answers, this.kind, this.areas);
  }

  /** Of a labelled pixel, so that a mean over all pixels of the part is a sum over those of the part, by the number in the batch. */
  private weight(part: readonly number[], batch: readonly number[]): number {
    const labelled = sum(batch.map((index) => this.labelled[index]!));
    return (part.length * this.outputShape[0]! * this.outputShape[1]!) / Math.max(1, labelled);
  }

  /** Shape [n, pixels, classes], `value` for one; zeros where a pixel is unlabelled. */
  private oneHot(indices: readonly number[], value: number): tf.Tensor3D {
    const { pixels, classes, size: [height, width] } = this.answers;
    const count = height * width;
    return tensorOf<tf.Rank.R3>([indices.length, count, classes], (rows) => {
      rows.fill(0);
      let row = 0;
      for (const index of indices) {
        for (let pixel = index * count; pixel < (index + 1) * count; pixel++) {
          const label = pixels[pixel]!;
          if (label !== UNLABELLED) rows[row + label] = value;
          row += classes;
        }
      }
    });
  }
}

class Exam implements Grading {
  private readonly overlaps: Overlap[] = [];
  private right = 0;
  private entropy = 0;
  private dice = 0;

  /** @param areas labelled pixels of each class, by image */
  constructor(
    private readonly answers: Masks,
    private readonly kind: Loss,
    private readonly areas: readonly (readonly number[])[],
  ) {}

  add(outputs: tf.Tensor, indices: readonly number[]): void {
    const { pixels, classes, size: [height, width] } = this.answers;
    const count = height * width;
    const labels = new Uint8Array(indices.length * count);
    indices.forEach((example, image) => { labels.set(pixels.subarray(example * count, (example + 1) * count), image * count); });
    gradePixels(outputs, labels, UNLABELLED).forEach(({ entropy, intersections, unions }, image) => {
      this.entropy += entropy;
      this.right += sum(intersections);
      this.overlaps.push({ areas: this.areas[indices[image]!]!, intersections, unions });
    });
    if (this.kind === 'cross-entropy') return;
    const logits = outputs.dataSync() as Float32Array;
    indices.forEach((_, image) => {
      this.dice += diceOf(labels.subarray(image * count, (image + 1) * count), logits.subarray(image * count * classes, (image + 1) * count * classes), classes);
    });
  }

  result(): Evaluation {
    const { mean: metric, iou, scores } = meanIou(this.overlaps, this.answers.classes);
    const labelled = Math.max(1, sum(this.overlaps.map(({ areas }) => sum(areas))));
    const entropy = this.kind === 'dice' ? 0 : this.entropy / labelled;
    return { loss: entropy + this.dice / scores.length, metric, scores, pixels: { accuracy: this.right / labelled, iou } };
  }
}

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((total, value) => total + value, 0);
}

/**
 * Always the most frequent class; for the loss, the frequencies as probabilities.
 *
 * @param counts labelled pixels of each class, by image
 */
function trivialOf(counts: readonly (readonly number[])[], classes: number, kind: Loss): TrivialScore {
  const totals = Array.from({ length: classes }, (_, label) => sum(counts.map((own) => own[label]!)));
  const labelled = sum(totals);
  const shares = totals.map((total) => total / labelled);
  const best = totals.indexOf(Math.max(...totals));
  const overlaps = counts.map((own) => ({
    areas: own,
    intersections: own.map((pixelsOf, label) => (label === best ? pixelsOf : 0)),
    unions: own.map((pixelsOf, label) => (label === best ? sum(own) : pixelsOf)),
  }));
  const { mean: metric, scores } = meanIou(overlaps, classes);
  const dice = (probabilities: readonly number[]) => mean(counts.map((own) => constantDice(own, probabilities)));
  const losses = {
    'cross-entropy': () => entropyOf(shares),
    // For Dice alone, certainty may be better than the frequencies.
    dice: () => Math.min(dice(shares), dice(shares.map((_, label) => Number(label === best)))),
    'cross-entropy-and-dice': () => entropyOf(shares) + dice(shares),
  };
  return { metric, std: Math.sqrt(sampleVariance(scores)), loss: losses[kind as keyof typeof losses]() };
}
