import type { Evidence } from '../evidence/types.ts';
import { correctedResampledT } from '../stats/corrected-resampled-t.ts';
import type { Interval } from './types.ts';

/**
 * Interval of the mean of one difference per seed. Seeds that hold out folds of one data set share training images, which
 * widens it; with a fixed validation set it is Student's t over seeds, and speaks of these images alone.
 */
export function intervalOverSeeds({ data: { validation } }: Pick<Evidence, 'data'>, differences: readonly number[], level: number): Interval {
  const resplits = validation.kind === 'folds' ? validation : { trainImages: 1, validationImages: 0 };
  return boundsOf(correctedResampledT(differences, resplits, level));
}

export function boundsOf({ estimate, low, high }: Interval): Interval {
  return { estimate, low, high };
}
