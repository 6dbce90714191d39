/** What one filter puts out: mean, variance, and the share of values that a rectifier lets through, 1 without one. */
export interface FilterResponse {
  readonly mean: number;
  readonly variance: number;
  readonly active: number;
}

/** What a filter's response and its memory differ in, and what that would be if the filter itself had moved a little. */
export interface Deviation {
  /** Mean, in units of its own, and ln of the standard deviation: response less memory. */
  readonly residual: Pair;
  /** What a shift before the rectifier, in units that are the same for all filters, adds to either. */
  readonly byShift: Pair;
  /** What the logarithm of a scale before the rectifier, about the mean response, adds to either. */
  readonly byScale: Pair;
}

export type Pair = readonly [mean: number, logStd: number];

/** How far filters moved between the memory and the end of training: standard deviations of a shift and of ln of a scale. */
export interface Drift {
  readonly shift: number;
  readonly scale: number;
}

/** Errors that have nothing to do with the filter: images are not those of the training. */
const LEAST: Pair = [2e-2, 4e-2];
/** Degrees of freedom of Student's distribution, which lets a few odd filters be odd. */
const FREEDOM = 5;
/** Where the drift is looked for: each is half as much again as the one before. */
const SHIFTS: readonly number[] = geometric(0.02, 10);
const SCALES: readonly number[] = geometric(0.03, 7);

/** Every drift that is considered. */
export const DRIFTS: readonly Drift[] = SHIFTS.flatMap((shift) => SCALES.map((scale) => ({ shift, scale })));

/**
 * Of r = max(0, z), a shift of z adds P(z > 0) to the mean, and 2 E[r] to the mean square.
 *
 * @param unit of the mean
 * @param step of a shift
 */
export function deviationOf({ mean, variance, active }: FilterResponse, remembered: Pick<FilterResponse, 'mean' | 'variance'>, unit: number, step: number): Deviation {
  const held = mean * (1 - active);
  return {
    residual: [(mean - remembered.mean) / unit, Math.log(variance / remembered.variance) / 2],
    byShift: [(active * step) / unit, (held * step) / variance],
    byScale: [held / unit, 1 - (mean * held) / variance],
  };
}

/** A deviation as it is weighed: with the inverse of its covariance. */
export interface Weighed {
  /** Inverse covariance: of the mean, of both, of the logarithm. */
  readonly precision: readonly [number, number, number];
  readonly logDeterminant: number;
}

/** The covariance of a deviation under some drift, turned round. */
export function weigh({ byShift, byScale }: Deviation, { shift, scale }: Drift): Weighed {
  const [s, g] = [shift ** 2, scale ** 2];
  const mean = s * byShift[0] ** 2 + g * byScale[0] ** 2 + LEAST[0] ** 2;
  const both = s * byShift[0] * byShift[1] + g * byScale[0] * byScale[1];
  const logStd = s * byShift[1] ** 2 + g * byScale[1] ** 2 + LEAST[1] ** 2;
  const determinant = mean * logStd - both ** 2;
  return { precision: [logStd / determinant, -both / determinant, mean / determinant], logDeterminant: Math.log(determinant) };
}

/** Squared distance of a residual from 0, in its own standard deviations (Mahalanobis). */
export function squaredDistance([mean, logStd]: Pair, { precision: [a, b, c] }: Weighed): number {
  return a * mean ** 2 + 2 * b * mean * logStd + c * logStd ** 2;
}

/** What an odd filter counts for beside one that is not (Lange, Little and Taylor 1989, J. Am. Stat. Assoc. 84, 881). */
export function shareOf(squared: number): number {
  return (FREEDOM + 2) / (FREEDOM + squared);
}

/** Minus ln of the density of a residual in two dimensions, up to a constant. */
export function surprise(squared: number, { logDeterminant }: Weighed): number {
  return logDeterminant / 2 + ((FREEDOM + 2) / 2) * Math.log1p(squared / FREEDOM);
}

function geometric(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first * 1.5 ** index);
}
