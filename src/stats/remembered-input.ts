import { type Deviation, deviationOf, type Drift, DRIFTS, shareOf, squaredDistance, surprise, weigh, type Weighed } from './filter-drift.ts';
import { inverse, logDeterminant, type Matrix, times } from './matrix.ts';
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

/** What reaches a memory. */
export interface Response extends ChannelMoments {
  /** By channel, the share of values that a rectifier lets through; 1 where there is none. */
  readonly active: ArrayLike<number>;
}

/** A place that remembers what reached it in training, and can say what would reach it now. */
export interface Sensor {
  readonly remembered: ChannelMoments;
  /** What reaches it when the images are fed through a transform. */
  readonly respond: (transform: Transform) => Response;
}

/** What the network was fed in training, as far as its memories tell. */
export interface RememberedInput {
  /** Mean of each input channel, in the network's own units. */
  readonly level: Triple;
  /** ln of what one step of a pixel (of 0..255) was, for images with the contrast of those that were used. */
  readonly logGain: Triple;
  /** Covariance of the errors of `level` and of the mean of `logGain`, 4 x 4. */
  readonly covariance: Matrix;
  /** How far filters moved, or images differ: as ln of a scale. */
  readonly misfit: number;
}

/**
 * Squared errors beside those that residuals tell: filters move alike, and a dozen of them tell badly how far. Measured on
 * networks whose training images are known (docs/results/fingerprint.md).
 */
const BEYOND_RESIDUALS = 2;
/** How far gains of the channels differ in any preprocessing that is in use, as a standard deviation of logarithms. */
const GAIN_SPREAD = 0.05;
/** A filter that varied by less than this share of the variance of a typical one was dead. */
const DEAD = 1e-4;
/** No response varies by less: of a channel that is all 0 there is no logarithm. */
const LEAST_VARIANCE = 1e-9;
/** Fewer leave nothing over to tell how far they moved. */
const FEWEST_FILTERS = 4;
/** Of what a filter makes of its own channel, what it may make of another one: rounding. */
const ALONE_WITHIN = 1e-4;
const ITERATIONS = 20;
/** Starts that are followed to their end: from one alone, one in some thousand searches ends beside the likeliest point. */
const FOLLOWED = 2;
/** Another end is taken where it is so much likelier, as ln: less tells two ends of one search apart, which stop near each other. */
const LIKELIER = 2;
/** What a fit begins with, and starts are compared by. */
const AT_FIRST: Drift = { shift: 0.3, scale: 0.3 };
/** Steps of differences, in levels of 0..255 and in logarithms of gains. */
const DIFFERENCE = { level: 0.5, gain: 1e-3 };
/** Steps smaller than this end the search; those that are larger make derivatives anew. */
const CONVERGED = { level: 0.2, gain: 2e-3 };
const FAR = { level: 10, gain: 0.1 };
/** No step is longer. */
const LONGEST = { level: 100, gain: 0.7 };
const CHANNELS = [0, 1, 2] as const;

/**
 * Solves for the affine transform of each input channel that best explains what sensors remember, given images.
 *
 * The unknowns are the level f_c = mean of what channel c was fed, and ln of the gain; a pixel p becomes
 * f_c + gain_c (p - mean_c). Of each filter, mean and ln of the standard deviation are held against the memory, together:
 * behind a rectifier either depends on levels and gains. Their errors are those of a filter that has moved since, before
 * the rectifier, by a shift and a scale (filter-drift.ts); how far filters moved is what makes the residuals most likely
 * (restricted maximum likelihood). Gauss-Newton, filters weighed by Student's distribution.
 *
 * @param pixelMean mean of each channel of the images, 0..255
 * @param starts transforms to start from; those that explain the memories best are followed
 * @returns null where no sensor remembers anything that can be explained
 */
export function rememberedInput(sensors: readonly Sensor[], pixelMean: Triple, starts: readonly Transform[]): RememberedInput | null {
  const problem = new Problem(sensors, pixelMean);
  const points = starts.map((start) => problem.pointOf(start));
  if (problem.filters < FEWEST_FILTERS && !(points[0] && problem.seesChannelsApart(points[0]))) return null;
  const fits = likeliestFirst(points, problem).slice(0, FOLLOWED).flatMap((start) => search(problem, start) ?? []);
  if (fits.length === 0) return null;
  const { point, covariance, drift } = fits.reduce((found, other) => (other.cost < found.cost - LIKELIER ? other : found));
  const [l0, l1, l2, g0, g1, g2] = point as unknown as [number, number, number, number, number, number];
  return { level: [l0, l1, l2], logGain: [g0, g1, g2], covariance: withMeanGain(covariance), misfit: drift.scale };
}

interface Fit {
  readonly point: Point;
  readonly covariance: Matrix;
  readonly drift: Drift;
  /** Minus ln of how likely the residuals are. */
  readonly cost: number;
}

/** Null where a step cannot be solved for. */
function search(problem: Problem, start: Point): Fit | null {
  let point = start;
  let slopes: Slopes | null = null;
  let found: Step | null = null;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const deviations = problem.deviations(point);
    slopes ??= problem.slopes(point, deviations);
    found = likeliest(deviations, slopes, point);
    if (!found) return null;
    const moved = along(problem, point, deviations, found);
    const far = sizeOf(moved.map((value, index) => value - point[index]!), point);
    point = moved;
    if (far.level < CONVERGED.level && far.gain < CONVERGED.gain && iteration > 1) break;
    if (far.level > FAR.level || far.gain > FAR.gain) slopes = null;
  }
  const { solved: { covariance }, drift } = found!;
  return { point, covariance, drift, cost: costAt(problem, point, drift) };
}

/** Levels of three channels, then the logarithms of their gains. */
type Point = readonly number[];
/** By filter, what each parameter adds to mean and ln of the standard deviation. */
type Slopes = readonly (readonly (readonly [number, number])[])[];

interface Solved {
  readonly step: readonly number[];
  readonly covariance: Matrix;
  readonly information: Matrix;
}

class Problem {
  private readonly alive: readonly { readonly sensor: number; readonly channel: number; readonly unit: number; readonly typical: number }[];

  constructor(
    private readonly sensors: readonly Sensor[],
    private readonly pixelMean: Triple,
  ) {
    this.alive = sensors.flatMap(({ remembered: { variance } }, sensor) => {
      const typical = median(Array.from(variance).filter((value) => value > 0));
      // What a filter moved shifts its mean whether its own variance is small or large.
      return Array.from(variance, (value, channel) => ({ sensor, channel, unit: Math.sqrt((value + typical) / 2), typical, value })).filter(({ value }) => value > DEAD * typical);
    });
  }

  get filters(): number {
    return this.alive.length;
  }

  /** Whether three filters see one channel each: a BatchNorm on the input itself, where nothing before it can have moved. */
  seesChannelsApart(point: Point): boolean {
    const seen = this.slopes(point, this.deviations(point)).map((own) => {
      const sizes = CHANNELS.map((c) => Math.abs(own[c]![0]));
      return CHANNELS.filter((c) => sizes[c]! > ALONE_WITHIN * Math.max(...sizes));
    });
    return seen.length === CHANNELS.length && seen.every(({ length }) => length === 1) && new Set(seen.flat()).size === CHANNELS.length;
  }

  pointOf({ gains, offsets }: Transform): Point {
    return [...gains.map((gain, c) => gain * this.pixelMean[c]! + offsets[c]!), ...gains.map(Math.log)];
  }

  deviations(point: Point): Deviation[] {
    const gains = point.slice(3).map(Math.exp) as unknown as Triple;
    const offsets = gains.map((gain, c) => point[c]! - gain * this.pixelMean[c]!) as unknown as Triple;
    const responses = this.sensors.map(({ respond }) => respond({ gains, offsets }));
    return this.alive.map(({ sensor, channel, unit, typical }) => {
      const { mean, variance, active } = responses[sensor]!;
      const { remembered } = this.sensors[sensor]!;
      const response = { mean: mean[channel]!, variance: Math.max(variance[channel]!, LEAST_VARIANCE * typical), active: active[channel]! };
      return deviationOf(response, { mean: remembered.mean[channel]!, variance: remembered.variance[channel]! }, unit, Math.sqrt(typical));
    });
  }

  slopes(point: Point, here: readonly Deviation[]): Slopes {
    const columns = point.map((value, parameter) => {
      const delta = parameter < 3 ? DIFFERENCE.level * Math.exp(point[3 + parameter]!) : DIFFERENCE.gain;
      const there = this.deviations(point.with(parameter, value + delta));
      return here.map(({ residual }, filter) => residual.map((from, kind) => (there[filter]!.residual[kind]! - from) / delta) as unknown as readonly [number, number]);
    });
    return here.map((_, filter) => columns.map((column) => column[filter]!));
  }
}

function likeliestFirst(points: readonly Point[], problem: Problem): Point[] {
  const costs = new Map(
    points.map((point) => {
      const cost = costAt(problem, point, AT_FIRST);
      return [point, Number.isFinite(cost) ? cost : Infinity] as const;
    }),
  );
  return points.toSorted((a, b) => (costs.get(a) === costs.get(b) ? 0 : costs.get(a)! - costs.get(b)!));
}

function costAt(problem: Problem, point: Point, drift: Drift): number {
  const deviations = problem.deviations(point);
  return costOf(deviations, deviations.map((deviation) => weigh(deviation, drift)), point);
}

/** Minus ln of how likely the residuals are, and channels whose gains differ. */
function costOf(deviations: readonly Deviation[], weighed: readonly Weighed[], point: Point): number {
  const filters = deviations.reduce((sum, { residual }, index) => sum + surprise(squaredDistance(residual, weighed[index]!), weighed[index]!), 0);
  return filters + gainSpread(point).reduce((sum, value) => sum + value ** 2 / 2, 0);
}

/** In its standard deviations, by how much each channel's gain differs from their mean. */
function gainSpread(point: Point): number[] {
  const gains = point.slice(3);
  const mean = (gains[0]! + gains[1]! + gains[2]!) / 3;
  return gains.map((gain) => (gain - mean) / GAIN_SPREAD);
}

/** A step, under the drift that makes what it leaves of the residuals likeliest. */
interface Step {
  readonly drift: Drift;
  readonly solved: Solved;
  readonly cost: number;
}

function likeliest(deviations: readonly Deviation[], slopes: Slopes, point: Point): Step | null {
  let found: Step | null = null;
  for (const drift of DRIFTS) {
    const weighed = deviations.map((deviation) => weigh(deviation, drift));
    const solved = solve(deviations, weighed, slopes, point);
    if (!solved) continue;
    const left = deviations.map((deviation, filter): Deviation => ({ ...deviation, residual: [0, 1].map((kind) => deviation.residual[kind]! + slopes[filter]!.reduce((sum, slope, parameter) => sum + slope[kind]! * solved.step[parameter]!, 0)) as unknown as Deviation['residual'] }));
    const cost = costOf(left, weighed, point.map((value, index) => value + solved.step[index]!)) + logDeterminant(solved.information) / 2;
    if (cost < (found?.cost ?? Infinity)) found = { drift, solved, cost };
  }
  return found;
}

/** One step of Gauss-Newton. */
function solve(deviations: readonly Deviation[], weighed: readonly Weighed[], slopes: Slopes, point: Point): Solved | null {
  const information = point.map((_, a) => point.map((__, b) => priorInformation(a, b)));
  const right = [0, 0, 0, ...gainSpread(point).map((value) => -value / GAIN_SPREAD)];
  deviations.forEach(({ residual }, filter) => {
    const { precision: [mean, both, logStd] } = weighed[filter]!;
    const share = shareOf(squaredDistance(residual, weighed[filter]!));
    slopes[filter]!.forEach((slope, a) => {
      const [toMean, toLogStd] = [share * (mean * slope[0] + both * slope[1]), share * (both * slope[0] + logStd * slope[1])];
      right[a]! -= toMean * residual[0] + toLogStd * residual[1];
      slopes[filter]!.forEach((other, b) => {
        information[a]![b]! += toMean * other[0] + toLogStd * other[1];
      });
    });
  });
  const covariance = inverse(information);
  return covariance && { step: times(covariance, right), covariance, information };
}

function priorInformation(a: number, b: number): number {
  return a < 3 || b < 3 ? 0 : (Number(a === b) - 1 / 3) / GAIN_SPREAD ** 2;
}

/** As far along a step as the residuals get likelier. */
function along(problem: Problem, point: Point, deviations: readonly Deviation[], { drift, solved: { step } }: Step): Point {
  const weighed = deviations.map((deviation) => weigh(deviation, drift));
  const before = costOf(deviations, weighed, point);
  const size = sizeOf(step, point);
  for (let length = Math.min(1, LONGEST.level / size.level, LONGEST.gain / size.gain); length > 1e-3; length /= 2) {
    const next = point.map((value, index) => value + length * step[index]!);
    if (costOf(problem.deviations(next), weighed, next) <= before) return next;
  }
  return point;
}

/** Longest part of a step, in levels of 0..255 and in logarithms. */
function sizeOf(step: readonly number[], point: Point): { readonly level: number; readonly gain: number } {
  return {
    level: Math.max(...CHANNELS.map((c) => Math.abs(step[c]!) / Math.exp(point[3 + c]!))),
    gain: Math.max(...CHANNELS.map((c) => Math.abs(step[3 + c]!))),
  };
}

/** Of levels, and of the mean of three gains. */
function withMeanGain(covariance: Matrix): Matrix {
  const rows = [[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [0, 0, 0, 1 / 3, 1 / 3, 1 / 3]];
  return rows.map((a) => rows.map((b) => BEYOND_RESIDUALS * times(covariance, b).reduce((sum, value, index) => sum + a[index]! * value, 0)));
}
