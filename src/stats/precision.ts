import { studentQuantile } from './student.ts';

/** Share of validation images on which two arms of one seed disagree, as a plan assumes before it has run. */
const DISCORDANCE = 0.1;
/** Below two points hardly anybody would change a pipeline. */
const SMALLEST_MARGIN = 2;

export interface PlannedData {
  readonly kind: 'folds' | 'fixed';
  readonly trainImages: number;
  /** Held out per run; two at least. */
  readonly validationImages: number;
}

/**
 * The smallest difference, in points, that a plan can tell from none: half the width of its 1 - alpha interval where the arms
 * disagree on 10 % of the images. A narrower margin could not be called needed, and hardly ever not needed.
 *
 * The difference of two paired outcomes is -1, 0 or 1, so its variance is the discordance d where the means are equal
 * (McNemar 1947), and that of one run's mean over n images is d / n. Folds: scaled by 1 / J + n / n_train for J seeds, J - 1
 * degrees of freedom, as `correctedResampledT` does. Fixed set: d / n, n - 1 degrees of freedom, which is the most
 * that `crossedComponents` can come to without variance between seeds: the same images differ under every seed.
 */
export function plannedMargin({ kind, trainImages, validationImages }: PlannedData, seeds: number, alpha = 0.05): number {
  const ofOneRun = DISCORDANCE / validationImages;
  const variance = kind === 'folds' ? ofOneRun * (1 / seeds + validationImages / trainImages) : ofOneRun;
  const df = kind === 'folds' ? seeds - 1 : validationImages - 1;
  return 100 * studentQuantile(1 - alpha / 2, df) * Math.sqrt(variance);
}

/** The larger of two points and what the plan can reach. */
export function defaultMargin(planned: number): number {
  return Math.max(SMALLEST_MARGIN, planned);
}
