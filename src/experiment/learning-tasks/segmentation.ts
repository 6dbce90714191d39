import { areasOf, type Masks, UNLABELLED } from '../../data/answers.ts';
import { softDice, softmaxCrossEntropy } from '../../engine/loss.ts';
import * as tf from '../../engine/tf.ts';
import type { Loss, TaskFacts, TrivialScore } from '../../evidence/types.ts';
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
  private readonly labelled: Int32Array;

  constructor(
    private readonly answers: Masks,
    private readonly kind: Loss,
  ) {
    this.outputShape = [...answers.size, answers.classes];
    this.labelled = countLabelled(answers);
  }

  get facts(): TaskFacts {
    return { kind: 'segmentation', metric: 'mIoU', loss: this.kind, trivial: trivialOf(this.answers, this.kind) };
  }

  loss(outputs: tf.Tensor, part: readonly number[], batch: readonly number[]): tf.Scalar {
    const { classes } = this.answers;
    const pixels = this.outputShape[0]! * this.outputShape[1]!;
    const targets = this.oneHot(part);
    const terms: tf.Scalar[] = [];
    if (this.kind !== 'dice') {
      const rows = part.length * pixels;
      const entropy = softmaxCrossEntropy(targets.reshape([rows, classes]), outputs.reshape([rows, classes]));
      // Rows of zeros, as those of unlabelled pixels are, add nothing but to the count.
      terms.push(tf.mul(entropy, rows / Math.max(1, this.count(batch))));
    }
    if (this.kind !== 'cross-entropy') terms.push(tf.mul(softDice(targets, outputs.reshape([part.length, pixels, classes])), part.length / batch.length));
    return terms.reduce((sum, term) => tf.add(sum, term));
  }

  grading(): Grading {
    return new Exam(this.answers, this.kind);
  }

  /** Labelled pixels of some images. */
  private count(indices: readonly number[]): number {
    return indices.reduce((sum, index) => sum + this.labelled[index]!, 0);
  }

  /** Shape [n, pixels, classes]; zeros where a pixel is unlabelled. */
  private oneHot(indices: readonly number[]): tf.Tensor3D {
    const { pixels, classes, size: [height, width] } = this.answers;
    const count = height * width;
    const rows = new Float32Array(indices.length * count * classes);
    indices.forEach((index, image) => {
      for (let pixel = 0; pixel < count; pixel++) {
        const label = pixels[index * count + pixel]!;
        if (label !== UNLABELLED) rows[(image * count + pixel) * classes + label] = 1;
      }
    });
    return tf.tensor3d(rows, [indices.length, count, classes]);
  }
}

/** A product of sums of exponentials, each from 1 to 255, that the next one leaves in the range of doubles. */
const PRODUCT_IN_RANGE = 2 ** 1000;

class Exam implements Grading {
  private readonly overlaps: Overlap[] = [];
  private labelled = 0;
  private right = 0;
  private entropy = 0;
  private dice = 0;

  constructor(
    private readonly answers: Masks,
    private readonly kind: Loss,
  ) {}

  add(outputs: tf.Tensor, indices: readonly number[]): void {
    const { pixels, classes, size: [height, width] } = this.answers;
    const count = height * width;
    const logits = outputs.dataSync() as Float32Array;
    indices.forEach((example, image) => {
      this.addImage(pixels.subarray(example * count, (example + 1) * count), logits.subarray(image * count * classes, (image + 1) * count * classes));
    });
  }

  private addImage(mask: Uint8Array, logits: Float32Array): void {
    const { classes } = this.answers;
    const [intersections, unions] = [new Float64Array(classes), new Float64Array(classes)];
    let product = 1;
    for (let pixel = 0; pixel < mask.length; pixel++) {
      const label = mask[pixel]!;
      if (label === UNLABELLED) continue;
      const from = pixel * classes;
      let [answer, largest] = [-1, -Infinity];
      for (let other = 0; other < classes; other++) {
        const logit = logits[from + other]!;
        if (logit > largest) [answer, largest] = [other, logit];
        else if (logit === largest) answer = -1;
      }
      let sum = 0;
      for (let other = 0; other < classes; other++) sum += other === answer ? 1 : Math.exp(logits[from + other]! - largest);
      // -log softmax(logits)[label], in nats; one logarithm serves many pixels.
      this.entropy += largest - logits[from + label]!;
      product *= sum;
      if (product > PRODUCT_IN_RANGE) {
        this.entropy += Math.log(product);
        product = 1;
      }
      this.labelled++;
      unions[label]!++;
      // What is not a number is no answer, and neither is a tie.
      if (answer < 0 || Number.isNaN(sum)) continue;
      if (answer === label) intersections[label]!++;
      else unions[answer]!++;
    }
    this.entropy += Math.log(product);
    this.right += intersections.reduce((sum, value) => sum + value, 0);
    this.overlaps.push({ intersections, unions });
    if (this.kind !== 'cross-entropy') this.dice += diceOf(mask, logits, classes);
  }

  result(): Evaluation {
    const { mean: metric, iou, scores } = meanIou(this.overlaps, this.answers.classes);
    const labelled = Math.max(1, this.labelled);
    const entropy = this.kind === 'dice' ? 0 : this.entropy / labelled;
    return { loss: entropy + this.dice / scores.length, metric, scores, pixels: { accuracy: this.right / labelled, iou } };
  }
}

function countLabelled({ pixels, size: [height, width] }: Masks): Int32Array {
  const count = height * width;
  const labelled = new Int32Array(pixels.length / count);
  pixels.forEach((label, at) => {
    if (label !== UNLABELLED) labelled[Math.floor(at / count)]!++;
  });
  return labelled;
}

/** Always the most frequent class; for the loss, the frequencies as probabilities. */
function trivialOf(answers: Masks, kind: Loss): TrivialScore {
  const { classes } = answers;
  const counts = areasOf(answers);
  const totals = Array.from({ length: classes }, (_, label) => counts.reduce((sum, own) => sum + own[label]!, 0));
  const labelled = totals.reduce((sum, total) => sum + total, 0);
  const shares = totals.map((total) => total / labelled);
  const best = totals.indexOf(Math.max(...totals));
  const overlaps = counts.map((own) => ({
    intersections: own.map((pixelsOf, label) => (label === best ? pixelsOf : 0)),
    unions: own.map((pixelsOf, label) => (label === best ? own.reduce((sum, other) => sum + other, 0) : pixelsOf)),
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
