import { logGamma } from './gamma.ts';
import { studentCdf, studentQuantile } from './student.ts';

/**
 * Shares of validation images on which two arms of one seed disagree, as a plan assumes before it has run: on the same
 * images under every seed, and on others under each. Together they are what runs of a new layer were measured to have
 * (docs/statistics.md#how-small-a-difference-can-this-plan-show).
 */
const DISCORDANCE = { images: 0.1, chance: 0.25 };
/** Below two points hardly anybody would change a pipeline. */
const SMALLEST_MARGIN = 2;
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
 * The difference of two paired outcomes is -1, 0 or 1, so its variance is the discordance where the means are equal
 * (McNemar 1947): that of images is averaged over images, that of chance over all outcomes, as `repeatedFolds` and
 * `crossedComponents` do.
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

/** The larger of two points and what the plan can reach. */
export function defaultMargin(planned: number): number {
  return Math.max(SMALLEST_MARGIN, planned);
}

function plannedError({ kind, trainImages, validationImages }: PlannedData, seeds: number): PlannedError {
  const outcomes = seeds * validationImages;
  const images = kind === 'fixed' ? validationImages : Math.min(outcomes, trainImages + validationImages);
  const standardError = 100 * Math.sqrt(DISCORDANCE.images / images + DISCORDANCE.chance / outcomes);
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
