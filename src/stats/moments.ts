/** Statistics of a tensor. */
export interface Moments {
  readonly n: number;
  readonly mean: number;
  readonly std: number;
  readonly rms: number;
  readonly min: number;
  readonly max: number;
  readonly zeros: number;
  readonly rails: readonly [low: number, high: number];
  readonly nonFinite: number;
  readonly signal: number;
  readonly histogram: readonly (readonly [exponent: number, count: number])[];
}

export interface MomentsOptions {
  /** Size of the leading dimension: values are [examples, positions...]. */
  readonly examples: number;
  /** Subtracted from every value of its channel (channels last), e.g. a bias; its length is the number of channels. */
  readonly offset?: Float32Array;
  /** Values at or below the first, at or above the second count as being at a rail; null: there is none. */
  readonly rails?: readonly [low: number | null, high: number | null];
}

/** What the sums over positions give; variances are of the population. */
interface Sums {
  /** Mean of all values. */
  readonly mean: number;
  /** Variance of all values: within positions, and between the means of the positions. */
  readonly variance: number;
  /** Mean over positions of the variance across examples. */
  readonly acrossExamples: number;
  readonly min: number;
  readonly max: number;
}

/** Positions summed at once: three rows of 8 KB, which stay in the first-level cache. */
const BLOCK = 1024;

/** The histogram is of one example of so many. */
const SAMPLED = 8;

/**
 * Moments of a tensor of shape [examples, positions...]; non-finite values are counted and left out.
 *
 * Each position is summed about its value in the first example. That value belongs to the sample, so it lies at most
 * sqrt(examples) standard deviations from the mean, and the variance loses no more than log2(examples) bits, however
 * large |mean| / std is (Chan, Golub & LeVeque 1983, "Algorithms for Computing the Sample Variance", section 3).
 *
 * @returns population figures (divided by n); NaN where no value is finite. `n` is the number of finite values.
 * `histogram` counts 2^k <= |x| < 2^(k+1) at exponent k, and what is smaller than a normal float32 at -127; zeros are
 * left out, and so are seven of eight examples: counting all would take most of the time.
 * @throws RangeError where the values do not divide into examples or channels
 */
export function moments(values: Float32Array, options: MomentsOptions): Moments {
  const { examples, offset, rails } = options;
  const positions = values.length / examples;
  if (!Number.isInteger(positions)) throw new RangeError(`${values.length} values are not ${examples} examples.`);
  const tensor = offset === undefined ? values : subtract(values, offset);
  let nonFinite = 0;
  let zeros = 0;
  for (const value of tensor) {
    nonFinite += Number(!Number.isFinite(value));
    zeros += Number(value === 0);
  }
  const sums = nonFinite === 0 ? sumPositions(tensor, examples) : sumFinite(tensor, examples);
  const n = values.length - nonFinite;
  const [low, high] = rails ?? [null, null];
  const atLow = low === null ? 0 : countBelow(tensor, low, 1, nonFinite > 0);
  const atHigh = high === null ? 0 : countBelow(tensor, -high, -1, nonFinite > 0);
  return {
    n,
    mean: sums.mean,
    std: Math.sqrt(sums.variance),
    rms: Math.sqrt(sums.mean * sums.mean + sums.variance),
    min: sums.min,
    max: sums.max,
    zeros: n === 0 ? 0 : zeros / n,
    rails: n === 0 ? [0, 0] : [atLow / n, atHigh / n],
    nonFinite,
    signal: Math.sqrt(sums.acrossExamples),
    histogram: histogram(tensor, examples),
  };
}

/**
 * Standard deviation (population) and root mean square of the finite values; NaN where there is none.
 * Summed about the first value, as `moments` does.
 */
export function spread(values: Float32Array): { readonly std: number; readonly rms: number } {
  let { mean, variance } = sumAll(values);
  if (!Number.isFinite(variance)) ({ mean, variance } = sumAll(values.filter(Number.isFinite)));
  return { std: Math.sqrt(variance), rms: Math.sqrt(mean * mean + variance) };
}

/** Of every eighth example, from the first. */
function histogram(values: Float32Array, examples: number): [exponent: number, count: number][] {
  const positions = values.length / examples;
  const counts = new Map<number, number>();
  for (let example = 0; example < examples; example += SAMPLED) {
    countExponents(values.subarray(example * positions, (example + 1) * positions)).forEach((count, exponent) => {
      if (count > 0 && exponent < 255) counts.set(exponent - 127, (counts.get(exponent - 127) ?? 0) + count);
    });
  }
  return [...counts].toSorted(([a], [b]) => a - b);
}

/** Values other than 0 by the exponent bits of float32: 0 holds subnormals, 255 infinities and NaN. */
function countExponents(values: Float32Array): Int32Array {
  const exponents = new Int32Array(256);
  for (const word of new Int32Array(values.buffer, values.byteOffset, values.length)) {
    const magnitude = word & 0x7fffffff;
    if (magnitude !== 0) exponents[magnitude >>> 23]!++;
  }
  return exponents;
}

function sumPositions(values: Float32Array, examples: number): Sums {
  const positions = values.length / examples;
  const shift = new Float64Array(BLOCK);
  const sum = new Float64Array(BLOCK);
  const squares = new Float64Array(BLOCK);
  const means = new Float64Array(positions);
  const ends = Float64Array.of(Infinity, -Infinity);
  let acrossExamples = 0;
  for (let first = 0; first < positions; first += BLOCK) {
    const size = Math.min(BLOCK, positions - first);
    for (let p = 0; p < size; p++) shift[p] = values[first + p]!;
    sum.fill(0);
    squares.fill(0);
    let example = 0;
    for (; example + 3 < examples; example += 4) {
      addFour(values, example * positions + first, positions, size, shift, sum, squares, ends);
    }
    for (; example < examples; example++) addOne(values, example * positions + first, size, shift, sum, squares, ends);
    for (let p = 0; p < size; p++) {
      const mean = sum[p]! / examples;
      means[first + p] = shift[p]! + mean;
      acrossExamples += Math.max(0, squares[p]! / examples - mean * mean);
    }
  }
  acrossExamples /= positions;
  const between = sumAll(means);
  return { mean: between.mean, variance: acrossExamples + between.variance, acrossExamples, min: ends[0]!, max: ends[1]! };
}

/** Four examples at once: the sums are read and written a quarter as often. */
function addFour(
  values: Float32Array,
  start: number,
  stride: number,
  size: number,
  shift: Float64Array,
  sum: Float64Array,
  squares: Float64Array,
  ends: Float64Array,
): void {
  let min = ends[0]!;
  let max = ends[1]!;
  for (let p = 0; p < size; p++) {
    const a = values[start + p]!;
    const b = values[start + stride + p]!;
    const c = values[start + 2 * stride + p]!;
    const d = values[start + 3 * stride + p]!;
    if (a < min) min = a;
    if (a > max) max = a;
    if (b < min) min = b;
    if (b > max) max = b;
    if (c < min) min = c;
    if (c > max) max = c;
    if (d < min) min = d;
    if (d > max) max = d;
    const at = shift[p]!;
    const da = a - at;
    const db = b - at;
    const dc = c - at;
    const dd = d - at;
    sum[p]! += da + db + (dc + dd);
    squares[p]! += da * da + db * db + (dc * dc + dd * dd);
  }
  ends[0] = min;
  ends[1] = max;
}

function addOne(
  values: Float32Array,
  start: number,
  size: number,
  shift: Float64Array,
  sum: Float64Array,
  squares: Float64Array,
  ends: Float64Array,
): void {
  let min = ends[0]!;
  let max = ends[1]!;
  for (let p = 0; p < size; p++) {
    const value = values[start + p]!;
    if (value < min) min = value;
    if (value > max) max = value;
    const d = value - shift[p]!;
    sum[p]! += d;
    squares[p]! += d * d;
  }
  ends[0] = min;
  ends[1] = max;
}

/** The slow way, for a tensor that holds NaN or infinities: a position counts with its finite values. */
function sumFinite(values: Float32Array, examples: number): Sums {
  const positions = values.length / examples;
  let acrossExamples = 0;
  let positionsWithValues = 0;
  for (let p = 0; p < positions; p++) {
    const column = Float32Array.from({ length: examples }, (_, e) => values[e * positions + p]!).filter(Number.isFinite);
    if (column.length === 0) continue;
    acrossExamples += sumAll(column).variance;
    positionsWithValues++;
  }
  const finite = values.filter(Number.isFinite);
  const { mean, variance } = sumAll(finite);
  const ends = finite.length === 0 ? [Number.NaN, Number.NaN] : [Infinity, -Infinity];
  for (const value of finite) {
    ends[0] = Math.min(ends[0]!, value);
    ends[1] = Math.max(ends[1]!, value);
  }
  return { mean, variance, acrossExamples: acrossExamples / positionsWithValues, min: ends[0]!, max: ends[1]! };
}

/** Mean and population variance about the first value; NaN of nothing. */
function sumAll(values: Float32Array | Float64Array): { readonly mean: number; readonly variance: number } {
  const n = values.length;
  const shift = values[0] ?? Number.NaN;
  let sum = 0;
  let squares = 0;
  let nextSum = 0;
  let nextSquares = 0;
  let i = 0;
  // Two chains of additions: each one waits for its own last result only.
  for (; i + 1 < n; i += 2) {
    const d = values[i]! - shift;
    const e = values[i + 1]! - shift;
    sum += d;
    squares += d * d;
    nextSum += e;
    nextSquares += e * e;
  }
  if (i < n) {
    const d = values[i]! - shift;
    sum += d;
    squares += d * d;
  }
  const mean = (sum + nextSum) / n;
  return { mean: shift + mean, variance: Math.max(0, (squares + nextSquares) / n - mean * mean) };
}

/** How many finite values have sign * value <= limit. The comparison is summed, since as a branch it is unpredictable. */
function countBelow(values: Float32Array, limit: number, sign: 1 | -1, infinities: boolean): number {
  let count = 0;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- the iterator costs three times as much here
  for (let i = 0; i < values.length; i++) count += Number(sign * values[i]! <= limit);
  if (infinities) for (const value of values) count -= Number(sign * value === -Infinity);
  return count;
}

function subtract(values: Float32Array, offset: Float32Array): Float32Array {
  const channels = offset.length;
  if (!Number.isInteger(values.length / channels)) {
    throw new RangeError(`${values.length} values are not rows of ${channels} channels.`);
  }
  const out = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += channels) {
    for (let c = 0; c < channels; c++) out[start + c] = values[start + c]! - offset[c]!;
  }
  return out;
}
