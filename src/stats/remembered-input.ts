import { median } from './summary.ts';

/** One value for each channel of an image. */
export type Triple = readonly [number, number, number];

/** What is done to a pixel p of channel c: gains[c] * p + offsets[c]. */
export interface Transform {
  readonly gains: Triple;
  readonly offsets: Triple;
}

/** Mean and variance (of the population) of each channel of some layer's input. */
export interface ChannelMoments {
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
}

/** A place that remembers what reached it in training, and can say what would reach it now. */
export interface Sensor {
  readonly remembered: ChannelMoments;
  /** What reaches it when the images are fed through a transform. */
  readonly respond: (transform: Transform) => ChannelMoments;
}

export type Matrix = readonly (readonly number[])[];

/** What the network was fed in training, as far as its memories tell. */
export interface RememberedInput {
  /** Mean of each input channel, in the network's own units. */
  readonly level: Triple;
  /** Covariance of the errors of `level`. */
  readonly levelCovariance: Matrix;
  /** ln of what one step of a pixel (of 0..255) was, for images with the contrast of those that were used. */
  readonly logGain: Triple;
  /** Standard error of the mean of `logGain`. */
  readonly logGainError: number;
  /** Typical difference between remembered and explained standard deviations, as a difference of logarithms. */
  readonly misfit: number;
  /** Typical difference between remembered and explained means, in remembered standard deviations of a typical filter. */
  readonly levelMisfit: number;
}

/**
 * Squared errors of levels and gains beside those that residuals tell: while a memory is filled, filters still move, and
 * all the same way. Measured on networks whose training images are known (docs/results/fingerprint.md).
 */
const BEYOND_RESIDUALS = 2;
/** How far gains of the channels differ in any preprocessing that is in use, as a standard deviation of logarithms. */
const GAIN_SPREAD = 0.05;
/** Misfits are never taken for smaller than this: images are not those of the training. */
const LEAST = { level: 1e-2, scale: 2e-2 };
/** Median of absolute residuals to a standard deviation (normal distribution). */
const FROM_MEDIAN = 1.4826;
/** Huber's tuning constant: 95 % efficiency where residuals are normal. */
const HUBER = 1.345;
const ITERATIONS = 12;
const UNKNOWNS = 3;
/** Steps smaller than this, in levels of 0..255 and in logarithms of gains, end the search. */
const CONVERGED = 1e-2;

/**
 * Solves for the affine transform of each input channel that best explains what sensors remember, given images.
 *
 * The unknowns are the level f_c = mean of what channel c was fed, and ln of the gain; a pixel p becomes
 * f_c + gain_c (p - mean_c). Residuals are (mean - remembered mean) / s, which decide the levels, and half the log ratio
 * of the variances, which decides the gains; they are made small by Gauss-Newton in turns with Huber's weights (Huber and
 * Ronchetti, Robust Statistics, 2nd ed. 2009, section 7.8), the scale of either kind of residual being its median. s^2 is the
 * mean of the filter's remembered variance and the typical one: what a filter moved while its memory was filled shifts its mean
 * whether its own variance is small or large.
 *
 * @param pixelMean mean of each channel of the images, 0..255
 * @param starts transforms to start from; the one that explains the memories best is taken
 * @returns null where no sensor remembers anything that can be explained
 */
export function rememberedInput(sensors: readonly Sensor[], pixelMean: Triple, starts: readonly Transform[]): RememberedInput | null {
  const problem = new Problem(sensors, pixelMean);
  if (problem.channels < 4) return null;
  let point = best(starts.map((start) => problem.pointOf(start)), problem);
  if (!point) return null;
  let scales: Scales = { level: 0.1, scale: 0.3 };
  let errors: { readonly level: Matrix; readonly gain: Matrix } | null = null;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const level = gaussNewton(problem, point, scales, 'level');
    const gain = level && gaussNewton(problem, level.point, scales, 'gain');
    if (!gain) return null;
    const moved = Math.max(...gain.point.map((value, index) => Math.abs(value - point![index]!) / (index < 3 ? Math.exp(gain.point[3 + index]!) : 1)));
    errors = { level: level.covariance, gain: gain.covariance };
    point = gain.point;
    scales = problem.scalesOf(problem.residuals(point));
    if (moved < CONVERGED && iteration > 2) break;
  }
  const [l0, l1, l2, g0, g1, g2] = point as [number, number, number, number, number, number];
  const gainVariance = (BEYOND_RESIDUALS * errors!.gain.flat().reduce((sum, value) => sum + value, 0)) / 9;
  return {
    level: [l0, l1, l2],
    levelCovariance: errors!.level.map((row) => row.map((value) => BEYOND_RESIDUALS * value)),
    logGain: [g0, g1, g2],
    logGainError: Math.sqrt(Math.max(0, gainVariance)),
    misfit: scales.scale,
    levelMisfit: scales.level,
  };
}

/** Levels of three channels, then the logarithms of their gains. */
type Point = readonly number[];

interface Scales {
  readonly level: number;
  readonly scale: number;
}

interface Residuals {
  readonly level: readonly number[];
  readonly scale: readonly number[];
}

class Problem {
  /** By sensor, the channels that carried a signal in training: dead ones tell nothing. */
  private readonly alive: readonly (readonly number[])[];
  /** By sensor, the variance of a typical channel. */
  private readonly typical: readonly number[];

  constructor(
    private readonly sensors: readonly Sensor[],
    private readonly pixelMean: Triple,
  ) {
    this.typical = sensors.map(({ remembered: { variance } }) => median(Array.from(variance).filter((value) => value > 0)));
    this.alive = sensors.map(({ remembered: { variance } }, index) =>
      Array.from(variance, (value, channel) => (value > 1e-4 * this.typical[index]! ? channel : -1)).filter((channel) => channel >= 0),
    );
  }

  get channels(): number {
    return this.alive.reduce((sum, channels) => sum + channels.length, 0);
  }

  pointOf({ gains, offsets }: Transform): Point {
    return [...gains.map((gain, c) => gain * this.pixelMean[c]! + offsets[c]!), ...gains.map(Math.log)];
  }

  residuals(point: Point): Residuals {
    const gains = point.slice(3).map(Math.exp);
    const offsets = gains.map((gain, c) => point[c]! - gain * this.pixelMean[c]!);
    const level: number[] = [];
    const scale: number[] = [];
    this.sensors.forEach(({ remembered, respond }, index) => {
      const { mean, variance } = respond({ gains: gains as unknown as Triple, offsets: offsets as unknown as Triple });
      for (const k of this.alive[index]!) {
        level.push((mean[k]! - remembered.mean[k]!) / Math.sqrt((remembered.variance[k]! + this.typical[index]!) / 2));
        scale.push(0.5 * Math.log(Math.max(variance[k]!, Number.MIN_VALUE) / remembered.variance[k]!));
      }
    });
    return { level, scale };
  }

  scalesOf({ level, scale }: Residuals): Scales {
    // What is fitted takes away from the residuals.
    const size = (values: readonly number[]) => FROM_MEDIAN * median(values.map(Math.abs)) * Math.sqrt(values.length / (values.length - UNKNOWNS));
    return { level: Math.max(LEAST.level, size(level)), scale: Math.max(LEAST.scale, size(scale)) };
  }

  /** Residuals of one kind in units of their scale; those of gains with the expectation that channels have about the same. */
  standardized(point: Point, scales: Scales, block: Block): number[] {
    const { level, scale } = this.residuals(point);
    if (block === 'level') return level.map((value) => value / scales.level);
    const gains = point.slice(3);
    const typical = (gains[0]! + gains[1]! + gains[2]!) / 3;
    return [...scale.map((value) => value / scales.scale), ...gains.map((gain) => (gain - typical) / GAIN_SPREAD)];
  }
}

function best(points: readonly Point[], problem: Problem): Point | null {
  const scales = { level: 0.1, scale: 0.3 };
  const costs = points.map((point) => costOf([...problem.standardized(point, scales, 'level'), ...problem.standardized(point, scales, 'gain')]));
  const least = Math.min(...costs.filter(Number.isFinite));
  return points[costs.indexOf(least)] ?? null;
}

/** Huber's loss, summed. */
function costOf(residuals: readonly number[]): number {
  return residuals.reduce((sum, value) => sum + (Math.abs(value) <= HUBER ? (value * value) / 2 : HUBER * (Math.abs(value) - HUBER / 2)), 0);
}


interface Step {
  readonly point: Point;
  readonly covariance: Matrix;
}

/**
 * Means decide levels and variances decide gains, each for itself: the mean of a filter that answers to edges also
 * depends on where in the images things stand, and would otherwise be explained by a contrast of 0.
 */
type Block = 'level' | 'gain';

function gaussNewton(problem: Problem, point: Point, scales: Scales, block: Block): Step | null {
  const residuals = problem.standardized(point, scales, block);
  const first = block === 'level' ? 0 : 3;
  const columns = [0, 1, 2].map((parameter) => {
    // Half a level of 0..255.
    const delta = block === 'level' ? 0.5 * Math.exp(point[3 + parameter]!) : 1e-3;
    const moved = problem.standardized(point.with(first + parameter, point[first + parameter]! + delta), scales, block);
    return residuals.map((at, row) => (moved[row]! - at) / delta);
  });
  const weights = residuals.map((value) => (Math.abs(value) <= HUBER ? 1 : HUBER / Math.abs(value)));
  const normal = columns.map((a) => columns.map((b) => a.reduce((sum, value, row) => sum + weights[row]! * value * b[row]!, 0)));
  const right = columns.map((a) => a.reduce((sum, value, row) => sum - weights[row]! * value * residuals[row]!, 0));
  const covariance = inverse(normal);
  if (!covariance) return null;
  const direction = covariance.map((row) => row.reduce((sum, value, column) => sum + value * right[column]!, 0));
  const before = costOf(residuals);
  for (let length = 1; length > 1e-3; length /= 2) {
    const next = point.map((value, index) => value + length * (direction[index - first] ?? 0));
    if (costOf(problem.standardized(next, scales, block)) <= before) return { point: next, covariance };
  }
  return { point, covariance };
}

/** Gauss-Jordan with pivots, rows and columns brought to size first; null where the matrix has no inverse. */
function inverse(matrix: readonly (readonly number[])[]): number[][] | null {
  const size = matrix.map((row, index) => Math.sqrt(row[index]!));
  if (size.some((value) => !(value > 0) || !Number.isFinite(value))) return null;
  const rows = matrix.map((row, i) => [...row.map((value, j) => value / (size[i]! * size[j]!)), ...Array.from({ length: UNKNOWNS }, (_, j) => Number(i === j))]);
  for (let column = 0; column < UNKNOWNS; column++) {
    let pivot = column;
    for (let row = column + 1; row < UNKNOWNS; row++) if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    if (Math.abs(rows[pivot]![column]!) < 1e-12) return null;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const head = rows[column]!;
    const lead = head[column]!;
    for (let j = 0; j < head.length; j++) head[j]! /= lead;
    for (const [index, row] of rows.entries()) {
      const factor = row[column]!;
      if (index !== column && factor !== 0) for (let j = 0; j < row.length; j++) row[j]! -= factor * head[j]!;
    }
  }
  return rows.map((row, i) => row.slice(UNKNOWNS).map((value, j) => value / (size[i]! * size[j]!)));
}
