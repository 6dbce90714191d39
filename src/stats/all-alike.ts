import type { ConfidenceInterval } from './corrected-resampled-t.ts';

/** Points between the least and the greatest that an image can score. */
const RANGE = 100;

/**
 * Interval of a mean difference where all n examples show the same one, so that no variance is seen. How many others may
 * there be that do not? Of none in n, the exact interval of a share ends at 1 - (alpha / 2)^(1 / n) (Clopper and Pearson
 * 1934, Biometrika 26); at worst such an example shows the opposite extreme.
 *
 * @param difference in points, -100 to 100
 * @param examples n, those of a fold that is held out twice count once
 */
export function allAlike(difference: number, examples: number, level: number): Pick<ConfidenceInterval, 'estimate' | 'low' | 'high'> {
  const others = 1 - ((1 - level) / 2) ** (1 / examples);
  return { estimate: difference, low: difference - others * (difference + RANGE), high: difference + others * (RANGE - difference) };
}
