import type { Targets } from '../../data/answers.ts';
import * as tf from '../../engine/tf.ts';
import type { TrivialScore } from '../../evidence/types.ts';
import { mean } from '../../stats/summary.ts';
import type { Evaluation, Grading, LearningTask } from '../learning-task.ts';

/** Numbers for each example: mean squared error, share of the variance explained (R squared). */
export class Regression implements LearningTask {
  readonly facts = { kind: 'regression', metric: 'R²', loss: 'mean-squared-error' } as const;
  readonly outputShape: readonly number[];

  constructor(private readonly answers: Targets) {
    this.outputShape = [answers.width];
  }

  /** Always the mean, which explains nothing of the variance. */
  trivial(examples: readonly number[]): TrivialScore {
    const { values, width } = this.answers;
    const distances = squaredDistances(rowsOf(values, width, examples));
    const typical = mean(distances);
    const std = Math.sqrt(mean(distances.map((distance) => (distance / typical - 1) ** 2)));
    return { metric: 0, std, loss: typical / width };
  }

  loss(outputs: tf.Tensor, part: readonly number[], batch: readonly number[], targets: tf.Tensor = this.targets(part)): tf.Scalar {
    return tf.mul(tf.mean(tf.square(tf.sub(outputs, targets))), part.length / batch.length);
  }

  /** Shape [n, width]. */
  targets(part: readonly number[]): tf.Tensor2D {
    const { values, width } = this.answers;
    return tf.tensor2d(rowsOf(values, width, part).flat(), [part.length, width]);
  }

  grading(): Grading {
    return new Exam(this.answers);
  }
}

class Exam implements Grading {
  private readonly errors: number[] = [];
  private readonly rows: number[][] = [];

  constructor(private readonly answers: Targets) {}

  add(outputs: tf.Tensor, indices: readonly number[]): void {
    const { values, width } = this.answers;
    const answered = rowsOf(outputs.dataSync() as Float32Array, width, [...indices.keys()]);
    rowsOf(values, width, indices).forEach((row, position) => {
      this.rows.push(row);
      this.errors.push(row.reduce((sum, value, at) => sum + (value - answered[position]![at]!) ** 2, 0));
    });
  }

  /** R squared is 1 - mean error / variance, so an example scores 1 - its error / variance. */
  result(): Evaluation {
    const variance = mean(squaredDistances(this.rows));
    const scores = this.errors.map((error) => (Number.isFinite(error) ? 1 - error / variance : 0));
    return { loss: mean(this.errors) / this.answers.width, metric: mean(scores), scores };
  }
}

function rowsOf(values: Float32Array, width: number, indices: readonly number[]): number[][] {
  return indices.map((index) => Array.from(values.subarray(index * width, (index + 1) * width)));
}

/** Squared distance of each row from the mean row. */
function squaredDistances(rows: readonly (readonly number[])[]): number[] {
  const centre = rows[0]!.map((_, at) => mean(rows.map((row) => row[at]!)));
  return rows.map((row) => row.reduce((sum, value, at) => sum + (value - centre[at]!) ** 2, 0));
}
