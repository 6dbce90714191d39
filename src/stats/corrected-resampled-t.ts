import { mean, sampleVariance } from './summary.ts';
import { studentQuantile } from './student.ts';

export interface ConfidenceInterval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly standardError: number;
  /** Degrees of freedom. */
  readonly df: number;
}

/**
 * Interval of the mean difference between two treatments over resplits of one data set. Training sets overlap, so the
 * differences are not independent: their variance is scaled by 1 / J + n_validation / n_train instead of 1 / J
 * (Nadeau & Bengio 2003, Inference for the Generalization Error, Machine Learning 52, eq. 9), J - 1 degrees of freedom.
 *
 * @param differences one for each of the J resplits
 * @param level of confidence, e.g. 0.95
 * @throws RangeError for fewer than two differences: there is no variance to see
 */
export function correctedResampledT(
  differences: readonly number[],
  { trainImages, validationImages }: { readonly trainImages: number; readonly validationImages: number },
  level: number,
): ConfidenceInterval {
  const resplits = differences.length;
  const standardError = Math.sqrt((1 / resplits + validationImages / trainImages) * sampleVariance(differences));
  return around(mean(differences), standardError, resplits - 1, level);
}

/** estimate -/+ t * standard error. */
export function around(estimate: number, standardError: number, df: number, level: number): ConfidenceInterval {
  const half = studentQuantile((1 + level) / 2, df) * standardError;
  return { estimate, low: estimate - half, high: estimate + half, standardError, df };
}
