import { logGamma } from './gamma.ts';
import { studentCdf, studentQuantile } from './student.ts';

/** Variance of the difference of two arms' scores of one image: the part that is the same under every seed, and the rest. */
export interface ScoreSpread {
  readonly images: number;
  readonly chance: number;
}

/**
 * What a plan assumes before it has run, as runs of a new layer were measured to have it
 * (docs/statistics.md#how-small-a-difference-can-this-plan-show). Of answers that are right or wrong it is the share of
 * images on which two arms disagree (McNemar 1947).
 */
const OF_ANSWERS: ScoreSpread = { images: 0.1, chance: 0.25 };
/** Of mean IoU, in images that count alike. */
const OF_OVERLAPS: ScoreSpread = { images: 0.005, chance: 0.015 };
/** Below two points hardly anybody would change a pipeline. */
const SMALLEST_MARGIN = 2;
/** No difference of a share is larger, in points, whatever a plan of few images is too coarse for. */
export const LARGEST_MARGIN = 100;
/** Share of cases in which a plan finds what it is said to be able to find. */
const POWER = 0.8;
/** True difference, as a share of the margin, at which it finds equality so often. */
const TRUE_SHARE = 0.2;
/** Points of the quadrature over what the variance may be estimated as. */
const QUADRATURE = 400;

export interface PlannedData {
  readonly kind: 'folds' | 'fixed';
  readonly trainImages: number;
  /** Held out per run; two at least. */
  readonly validationImages: number;
  /** Of answers that are right or wrong, where nothing is said. */
  readonly spread?: ScoreSpread;
}

/** Standard error of a plan, in points, and how its estimate varies. */
interface PlannedError {
  readonly standardError: number;
  readonly df: number;
  /** Of the part of the variance that is seen between seeds: it takes over where it happens to be the larger one. */
  readonly between: { readonly df: number; readonly share: number } | null;
}

/**
 * The smallest difference, in points, that a plan can tell from none: its 1 - alpha interval excludes 0 in 80 % of cases where
 * that is the truth (the minimum detectable effect, Bloom 1995, Evaluation Review 19: (t_{1 - alpha/2} + t_{.8}) SE). Half the
 * width of the interval would be half as sure, and as a margin it would let chance alone pass for a difference in one of
 * twenty comparisons; this one does in less than one of a hundred (docs/results/statistics.md).
 *
 * The part of the variance that images have is averaged over images, that of chance over all outcomes, as `repeatedFolds`
 * and `crossedComponents` do.
 */
export function plannedMargin(data: PlannedData, seeds: number, alpha = 0.05): number {
  const { standardError, df } = plannedError(data, seeds);
  return (studentQuantile(1 - alpha / 2, df) + studentQuantile(POWER, df)) * standardError;
}

/**
 * The smallest margin within which a plan calls two arms equal in 80 % of cases where they truly differ by a fifth of it:
 * the power of two one-sided tests at level alpha (Schuirmann 1987), as an integral over what the standard error may be
 * estimated as (Phillips 1990, Journal of Pharmacokinetics and Biopharmaceutics 18), by bisection.
 */
export function equivalenceReach(data: PlannedData, seeds: number, alpha = 0.05): number {
  const error = plannedError(data, seeds);
  let [low, high] = [error.standardError, 100 * error.standardError];
  while (high - low > 1e-6 * high) {
    const middle = (low + high) / 2;
    if (equivalencePower(error, middle, alpha) < POWER) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * Of mean IoU, where images do not count alike: those that hold much of a class, above all of a rare one, decide more. With
 * w_i the mean over classes of the share that image i has of the class's pixels, the variance of a mean over n images is
 * that of n_eff = 1 / sum of w_i^2 images that count alike (Kish 1965, Survey Sampling, section 11.7; the images' parts of a ratio
 * of sums as in `meanIou`). Classes are taken to gain and lose together within an image, which overstates rather than
 * understates.
 *
 * @param areas pixels of each class, by image
 */
export function overlapSpread(areas: readonly (readonly number[])[]): ScoreSpread {
  const classes = areas[0]?.length ?? 0;
  const totals = Array.from({ length: classes }, (_, label) => areas.reduce((sum, own) => sum + own[label]!, 0));
  const present = totals.filter((total) => total > 0).length;
  const weights = areas.map((own) => own.reduce((sum, area, label) => sum + (totals[label]! > 0 ? area / totals[label]! : 0), 0) / present);
  const inflation = areas.length * weights.reduce((sum, weight) => sum + weight ** 2, 0);
  return { images: OF_OVERLAPS.images * inflation, chance: OF_OVERLAPS.chance * inflation };
}

/** The larger of two points and what the plan can reach. */
export function defaultMargin(planned: number): number {
  return Math.max(SMALLEST_MARGIN, planned);
}

function plannedError({ kind, trainImages, validationImages, spread = OF_ANSWERS }: PlannedData, seeds: number): PlannedError {
  const outcomes = seeds * validationImages;
  const images = kind === 'fixed' ? validationImages : Math.min(outcomes, trainImages + validationImages);
  const standardError = 100 * Math.sqrt(spread.images / images + spread.chance / outcomes);
  return { standardError, df: images - 1, between: kind === 'folds' ? { df: seeds - 1, share: images / outcomes } : null };
}

function equivalencePower({ standardError, df, between }: PlannedError, margin: number, alpha: number): number {
  const quantiles = { images: studentQuantile(1 - alpha, df), seeds: between ? studentQuantile(1 - alpha, between.df) : 0 };
  const at = (estimated: number, quantile: number) => {
    const room = margin - quantile * estimated;
    const truth = TRUE_SHARE * margin;
    return room <= 0 ? 0 : normalCdf((room - truth) / standardError) - normalCdf((-room - truth) / standardError);
  };
  if (!between) return at(standardError, quantiles.images);
  // From where on the variance between seeds is the larger one: chi^2 / df of it, in even steps of its root.
  const turn = 1 / Math.sqrt(between.share);
  const step = (turn + 5) / QUADRATURE;
  let power = 0;
  let mass = 0;
  for (let root = turn + step / 2; root < turn * 2 + 5; root += step) {
    const density = chiDensity(root, between.df) * step;
    mass += density;
    power += density * at((standardError * root) / turn, quantiles.seeds);
  }
  return power + (1 - mass) * at(standardError, quantiles.images);
}

/** Student's t with so many degrees of freedom is normal to eight digits. */
function normalCdf(z: number): number {
  return studentCdf(z, 1e8);
}

/** Density of sqrt(chi^2 / df). */
function chiDensity(root: number, df: number): number {
  return Math.exp(Math.log(2) + (df / 2) * Math.log(df / 2) - logGamma(df / 2) + (df - 1) * Math.log(root) - (df * root ** 2) / 2);
}
