import type { ClassLabels } from '../../data/answers.ts';
import { softmaxCrossEntropy } from '../../engine/loss.ts';
import * as tf from '../../engine/tf.ts';
import type { TrivialScore } from '../../evidence/types.ts';
import { entropyOf } from '../../stats/entropy.ts';
import type { Evaluation, Grading, LearningTask } from '../learning-task.ts';

/** One class for each image: cross-entropy of logits, accuracy. */
export class Classification implements LearningTask {
  readonly facts = { kind: 'classification', metric: 'accuracy', loss: 'cross-entropy' } as const;
  readonly outputShape: readonly number[];

  constructor(private readonly answers: ClassLabels) {
    this.outputShape = [answers.classes];
  }

  /** Always the most frequent class; for the loss, the frequencies as probabilities. */
  trivial(examples: readonly number[]): TrivialScore {
    const counts = new Array<number>(this.answers.classes).fill(0);
    for (const example of examples) counts[this.answers.labels[example]!]!++;
    const shares = counts.map((count) => count / examples.length);
    const metric = Math.max(...shares);
    return { metric, std: Math.sqrt(metric * (1 - metric)), loss: entropyOf(shares) };
  }

  loss(outputs: tf.Tensor, part: readonly number[], batch: readonly number[], targets: tf.Tensor = this.targets(part)): tf.Scalar {
    const entropy = softmaxCrossEntropy(targets as tf.Tensor2D, outputs as tf.Tensor2D);
    return part.length === batch.length ? entropy : tf.mul<tf.Scalar>(entropy, part.length / batch.length);
  }

  grading(): Grading {
    return new Exam(this.answers);
  }

  /** One-hot, shape [n, classes]. */
  targets(indices: readonly number[]): tf.Tensor2D {
    const { labels, classes } = this.answers;
    const rows = new Float32Array(indices.length * classes);
    for (let i = 0; i < indices.length; i++) rows[i * classes + labels[indices[i]!]!] = 1;
    return tf.tensor2d(rows, [indices.length, classes]);
  }
}

class Exam implements Grading {
  private readonly scores: number[] = [];
  private loss = 0;
  private certainty = 0;

  constructor(private readonly answers: ClassLabels) {}

  add(outputs: tf.Tensor, indices: readonly number[]): void {
    const { labels, classes } = this.answers;
    const logits = outputs.dataSync() as Float32Array;
    indices.forEach((example, row) => {
      const scores = logits.subarray(row * classes, (row + 1) * classes);
      const label = labels[example]!;
      const { largest, logSum } = logSumExp(scores);
      // -log softmax(logits)[label], in nats.
      this.loss += logSum - scores[label]!;
      this.certainty += Math.exp(largest - logSum);
      this.scores.push(Number(scores.every((score, other) => other === label || score < scores[label]!)));
    });
  }

  result(): Evaluation {
    const { loss, scores, certainty } = this;
    return { loss: loss / scores.length, metric: scores.reduce((sum, score) => sum + score, 0) / scores.length, scores, certainty: certainty / scores.length };
  }
}

function logSumExp(logits: Float32Array): { readonly largest: number; readonly logSum: number } {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return { largest, logSum: largest + Math.log(sum) };
}
