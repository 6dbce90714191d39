import type { Moments } from '../evidence/types.ts';
import { moments } from '../stats/moments.ts';
import { view } from './heap.ts';
import { hasOperations } from './native/operations.ts';
import { nativeMoments, nativeSpread, nativeZeroColumns, type Sums } from './native/statistics.ts';
import { addressOf, countersAt, doublesAt, simd, workspace } from './simd/module.ts';
import type * as tf from './tf.ts';

const FLOAT = 4;
const DOUBLE = 8;
/** What the kernel writes down, in doubles. */
const RESULTS = 8;
/** Values that float32 exponent bits take; the kernel counts in four tables. */
const EXPONENTS = 256;
const TABLES = 4;
/** Positions that the kernel sums at once, and the two sums of each. */
const SCRATCH = 512 * 2;
const BIAS = 127;
/** Of smaller ones the kernel's squares, in single precision, lack bits. */
const LEAST_VARIANCE = 1e-30;

/** Values at or below the first, at or above the second count as being at a rail; null: there is none. */
export type Rails = readonly [low: number | null, high: number | null];

/**
 * Moments of a tensor [examples, ...], as {@link moments} defines them, at a tenth of the cost.
 * A tensor that holds NaN or infinities, or whose values hardly differ or differ hugely, takes the slow way.
 *
 * @throws RangeError where the tensor is empty
 */
export function momentsOf(tensor: tf.Tensor, rails: Rails = [null, null]): Moments {
  const [examples = 1] = tensor.shape as number[];
  const [low, high] = rails;
  if (tensor.size === 0) throw new RangeError('An empty tensor has no moments.');
  const { figures, exponents } = (hasOperations() ? nativeMoments : simdMoments)(tensor, low ?? -Infinity, high ?? Infinity);
  const [mean, variance, acrossExamples, min, max, zeros, atLow, atHigh] = figures as unknown as [number, number, number, number, number, number, number, number];
  const isMeasured = Number.isFinite(variance) && (variance >= LEAST_VARIANCE || min === max);
  if (!isMeasured) return moments(view(tensor), { examples, rails });
  const n = tensor.size;
  return {
    n,
    mean,
    std: Math.sqrt(variance),
    rms: Math.sqrt(mean * mean + variance),
    min,
    max,
    zeros: zeros / n,
    rails: [low === null ? 0 : atLow / n, high === null ? 0 : atHigh / n],
    nonFinite: 0,
    signal: Math.sqrt(acrossExamples),
    histogram: histogram(exponents),
  };
}

function simdMoments(tensor: tf.Tensor, low: number, high: number): Sums {
  const [examples = 1] = tensor.shape as number[];
  const [results, exponents, scratch] = workspace(RESULTS * DOUBLE, TABLES * EXPONENTS * 4, SCRATCH * DOUBLE);
  simd().clear(exponents, TABLES * EXPONENTS * 4);
  const isRailed = low !== -Infinity || high !== Infinity;
  simd().moments(addressOf(tensor), examples, tensor.size / examples, isRailed, low, high, results, exponents, scratch);
  return { figures: doublesAt(results, RESULTS), exponents: exponentCounts(countersAt(exponents, TABLES * EXPONENTS)) };
}

/**
 * Standard deviation (population) and root mean square of tensor - offset; NaN where a value is not finite.
 *
 * @param offset one value for each of the last axis
 */
export function spreadOf(tensor: tf.Tensor, offset: tf.Tensor | null = null): { readonly std: number; readonly rms: number } {
  const [mean, variance] = (hasOperations() ? nativeSpread : simdSpread)(tensor, offset) as unknown as [number, number];
  return { std: Math.sqrt(variance), rms: Math.sqrt(mean * mean + variance) };
}

function simdSpread(tensor: tf.Tensor, offset: tf.Tensor | null): Float64Array {
  const columns = offset ? offset.size : tensor.size;
  const [results] = workspace(2 * DOUBLE);
  simd().spread(addressOf(tensor), tensor.size / columns, columns, offset ? addressOf(offset) : 0, results);
  return doublesAt(results, 2);
}

/** Share of columns (the last axis) that are zero in every row. @param zeros share of all values that are */
export function deadShare(tensor: tf.Tensor, zeros: number): number {
  const columns = tensor.shape.at(-1) ?? 1;
  // One dead column alone makes as many zeros.
  if (zeros < 1 / columns) return 0;
  return (hasOperations() ? nativeZeroColumns(tensor) : zeroColumns(view(tensor), columns)) / columns;
}

/** How many columns are zero in every row. */
function zeroColumns(values: Float32Array, columns: number): number {
  const left = Int32Array.from({ length: columns }, (_, column) => column);
  let count = columns;
  // Few are left after a few rows.
  for (let start = 0; start < values.length && count > 0; start += columns) {
    let still = 0;
    for (let i = 0; i < count; i++) {
      const column = left[i]!;
      if (values[start + column] === 0) left[still++] = column;
    }
    count = still;
  }
  return count;
}

/** One example of a tensor [examples, ..., columns]. */
export interface Rows {
  readonly tensor: tf.Tensor;
  readonly example: number;
}

/** For each column, sums over all rows, in double precision: of a, and of a * b. Both have the same shape. */
export function columnProducts(a: Rows, b: Rows): { readonly rows: number; readonly sums: Float64Array; readonly products: Float64Array } {
  const columns = a.tensor.shape.at(-1)!;
  const size = a.tensor.size / a.tensor.shape[0];
  const at = ({ tensor, example }: Rows) => addressOf(tensor) + example * size * FLOAT;
  const [shift, sums, products] = workspace(columns * FLOAT, columns * DOUBLE, columns * DOUBLE);
  for (const [address, bytes] of [[shift, FLOAT], [sums, DOUBLE], [products, DOUBLE]] as const) simd().clear(address, columns * bytes);
  simd().columnProducts(at(a), at(b), size / columns, columns, shift, sums, products);
  return { rows: size / columns, sums: doublesAt(sums, columns).slice(), products: doublesAt(products, columns).slice() };
}

function exponentCounts(tables: Uint32Array): Uint32Array {
  const counts = tables.slice(0, EXPONENTS);
  for (let i = EXPONENTS; i < tables.length; i++) counts[i % EXPONENTS]! += tables[i]!;
  return counts;
}

function histogram(counts: Uint32Array): [exponent: number, count: number][] {
  const bins: [number, number][] = [];
  counts.forEach((count, exponent) => {
    if (count > 0) bins.push([exponent - BIAS, count]);
  });
  return bins;
}
