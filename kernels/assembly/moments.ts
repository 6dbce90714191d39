import { lower, upper } from './vectors';

/** Positions summed at once; their sums stay in the first-level cache. */
const BLOCK: i32 = 512;

/** Offsets of the results, in doubles. */
const MEAN: usize = 0;
const VARIANCE: usize = 8;
const ACROSS: usize = 16;
const MIN: usize = 24;
const MAX: usize = 32;
const ZEROS: usize = 40;
const AT_LOW: usize = 48;
const AT_HIGH: usize = 56;

/** One example of so many is counted by size. */
const SAMPLED: i32 = 8;

/** Bytes of a table of counters. */
const TABLE: usize = 1024;

/**
 * Statistics of values [examples, positions] in one pass: mean and population variance of all, mean over positions of
 * the variance across examples, smallest, largest, how many are 0, at or below `low`, at or above `high`.
 * Sums are of differences from the value of the first example, position by position (Chan, Golub & LeVeque 1983,
 * "Algorithms for Computing the Sample Variance", section 3): of four examples in single precision, of these in double.
 * Where a value is not finite, or the square of a difference larger than the largest number, the variances are not finite
 * and nothing else holds; squares of differences below 1e-19 lose bits.
 *
 * @param isRailed whether `low` and `high` are asked for; else the counts there mean nothing
 * @param results 8 doubles
 * @param exponents 4 tables of 256 counters, zero before, whose sums count the exponent bits of every eighth example, zeros left out
 * @param scratch room for 512 * 2 doubles
 */
export function moments(values: usize, examples: i32, positions: i32, isRailed: bool, low: f32, high: f32, results: usize, exponents: usize, scratch: usize): void {
  const squares = scratch + (<usize>BLOCK << 3);
  const stride = <usize>positions << 2;
  const together = examples & ~3;
  let smallest = f32x4.splat(Infinity);
  let largest = f32x4.splat(-Infinity);
  let zeros: i64 = 0;
  let atLow: i64 = 0;
  let atHigh: i64 = 0;
  let first: f64 = 0;
  let meanSum: f64 = 0;
  let meanSquares: f64 = 0;
  let across: f64 = 0;
  const l = f32x4.splat(low);
  const h = f32x4.splat(high);
  const zero = f32x4.splat(0);
  for (let from = 0; from < positions; from += BLOCK) {
    const size = min(BLOCK, positions - from);
    const wide = size & ~3;
    const start = values + (<usize>from << 2);
    memory.fill(scratch, 0, <usize>BLOCK << 4);
    // Sums are loaded and stored once for four examples.
    for (let e = 0; e < together; e += 4) {
      const row = start + <usize>e * stride;
      let isZero = i32x4.splat(0);
      let isLow = i32x4.splat(0);
      let isHigh = i32x4.splat(0);
      for (let p = 0; p < wide; p += 4) {
        const at = row + (<usize>p << 2);
        const d = <usize>p << 3;
        const v = v128.load(at);
        const w = v128.load(at + stride);
        const x = v128.load(at + 2 * stride);
        const y = v128.load(at + 3 * stride);
        smallest = f32x4.pmin(smallest, f32x4.pmin(f32x4.pmin(v, w), f32x4.pmin(x, y)));
        largest = f32x4.pmax(largest, f32x4.pmax(f32x4.pmax(v, w), f32x4.pmax(x, y)));
        isZero = i32x4.sub(isZero, i32x4.add(i32x4.add(f32x4.eq(v, zero), f32x4.eq(w, zero)), i32x4.add(f32x4.eq(x, zero), f32x4.eq(y, zero))));
        if (isRailed) {
          isLow = i32x4.sub(isLow, i32x4.add(i32x4.add(f32x4.le(v, l), f32x4.le(w, l)), i32x4.add(f32x4.le(x, l), f32x4.le(y, l))));
          isHigh = i32x4.sub(isHigh, i32x4.add(i32x4.add(f32x4.ge(v, h), f32x4.ge(w, h)), i32x4.add(f32x4.ge(x, h), f32x4.ge(y, h))));
        }
        const shift = v128.load(start + (<usize>p << 2));
        const dv = f32x4.sub(v, shift);
        const dw = f32x4.sub(w, shift);
        const dx = f32x4.sub(x, shift);
        const dy = f32x4.sub(y, shift);
        const sum = f32x4.add(f32x4.add(dv, dw), f32x4.add(dx, dy));
        const square = f32x4.add(f32x4.add(f32x4.mul(dv, dv), f32x4.mul(dw, dw)), f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)));
        add(scratch + d, sum);
        add(squares + d, square);
      }
      zeros += total(isZero);
      atLow += total(isLow);
      atHigh += total(isHigh);
    }
    for (let e = 0; e < examples; e++) {
      const row = start + <usize>e * stride;
      if (e % SAMPLED == 0) countExponents(exponents, row, size);
      if (e >= together) {
        let isZero = i32x4.splat(0);
        let isLow = i32x4.splat(0);
        let isHigh = i32x4.splat(0);
        for (let p = 0; p < wide; p += 4) {
          const f = <usize>p << 2;
          const d = <usize>p << 3;
          const value = v128.load(row + f);
          smallest = f32x4.pmin(smallest, value);
          largest = f32x4.pmax(largest, value);
          isZero = i32x4.sub(isZero, f32x4.eq(value, zero));
          isLow = i32x4.sub(isLow, f32x4.le(value, l));
          isHigh = i32x4.sub(isHigh, f32x4.ge(value, h));
          const difference = f32x4.sub(value, v128.load(start + f));
          add(scratch + d, difference);
          add(squares + d, f32x4.mul(difference, difference));
        }
        zeros += total(isZero);
        atLow += total(isLow);
        atHigh += total(isHigh);
      }
      for (let p = wide; p < size; p++) {
        const f = <usize>p << 2;
        const d = <usize>p << 3;
        const value = load<f32>(row + f);
        const difference = value - load<f32>(start + f);
        smallest = f32x4.pmin(smallest, f32x4.splat(value));
        largest = f32x4.pmax(largest, f32x4.splat(value));
        zeros += i64(value == 0);
        atLow += i64(value <= low);
        atHigh += i64(value >= high);
        store<f64>(scratch + d, load<f64>(scratch + d) + <f64>difference);
        store<f64>(squares + d, load<f64>(squares + d) + <f64>(difference * difference));
      }
    }
    for (let p = 0; p < size; p++) {
      const d = <usize>p << 3;
      const mean = load<f64>(scratch + d) / <f64>examples;
      const level = <f64>load<f32>(start + (<usize>p << 2)) + mean;
      if (from == 0 && p == 0) first = level;
      meanSum += level - first;
      meanSquares += (level - first) * (level - first);
      across += max<f64>(0, load<f64>(squares + d) / <f64>examples - mean * mean);
    }
  }
  const n = <f64>positions;
  const between = meanSum / n;
  store<f64>(results + MEAN, first + between);
  store<f64>(results + VARIANCE, across / n + max<f64>(0, meanSquares / n - between * between));
  store<f64>(results + ACROSS, across / n);
  store<f64>(results + MIN, <f64>min(min(f32x4.extract_lane(smallest, 0), f32x4.extract_lane(smallest, 1)), min(f32x4.extract_lane(smallest, 2), f32x4.extract_lane(smallest, 3))));
  store<f64>(results + MAX, <f64>max(max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)), max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3))));
  store<f64>(results + ZEROS, <f64>zeros);
  store<f64>(results + AT_LOW, <f64>atLow);
  store<f64>(results + AT_HIGH, <f64>atHigh);
}

/** Mean and population variance, doubles, of x - offset for x [rows, columns]; no offset where it is 0. */
export function spread(x: usize, rows: i32, columns: i32, offset: usize, results: usize): void {
  const wide = columns & ~3;
  const shift = <f64>load<f32>(x) - (offset ? <f64>load<f32>(offset) : 0);
  const from = f64x2.splat(shift);
  let sum = f64x2.splat(0);
  let nextSum = sum;
  let square = sum;
  let nextSquare = sum;
  let restSum: f64 = 0;
  let restSquare: f64 = 0;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < wide; c += 4) {
      const f = <usize>c << 2;
      const value = v128.load(x + f);
      let a = f64x2.sub(lower(value), from);
      let b = f64x2.sub(upper(value), from);
      if (offset) {
        const bias = v128.load(offset + f);
        a = f64x2.sub(a, lower(bias));
        b = f64x2.sub(b, upper(bias));
      }
      sum = f64x2.add(sum, a);
      nextSum = f64x2.add(nextSum, b);
      square = f64x2.add(square, f64x2.mul(a, a));
      nextSquare = f64x2.add(nextSquare, f64x2.mul(b, b));
    }
    for (let c = wide; c < columns; c++) {
      const f = <usize>c << 2;
      const a = <f64>load<f32>(x + f) - shift - (offset ? <f64>load<f32>(offset + f) : 0);
      restSum += a;
      restSquare += a * a;
    }
    x += <usize>columns << 2;
  }
  sum = f64x2.add(sum, nextSum);
  square = f64x2.add(square, nextSquare);
  const n = <f64>rows * <f64>columns;
  const mean = (f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1) + restSum) / n;
  store<f64>(results + MEAN, shift + mean);
  store<f64>(results + VARIANCE, max<f64>(0, (f64x2.extract_lane(square, 0) + f64x2.extract_lane(square, 1) + restSquare) / n - mean * mean));
}

/** Four values to four sums, which are doubles. */
@inline
function add(sums: usize, values: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), lower(values)));
  v128.store(sums, f64x2.add(v128.load(sums, 16), upper(values)), 16);
}

/** Neighbours often share an exponent: four tables keep an increment from waiting for the one before it. */
function countExponents(tables: usize, values: usize, count: i32): void {
  const wide = count & ~3;
  let isZero = i32x4.splat(0);
  for (let i = 0; i < wide; i += 4) {
    const at = values + (<usize>i << 2);
    isZero = i32x4.sub(isZero, f32x4.eq(v128.load(at), f32x4.splat(0)));
    countExponent(tables, at);
    countExponent(tables + TABLE, at + 4);
    countExponent(tables + 2 * TABLE, at + 8);
    countExponent(tables + 3 * TABLE, at + 12);
  }
  let zeros = <u32>total(isZero);
  for (let i = wide; i < count; i++) {
    const at = values + (<usize>i << 2);
    countExponent(tables, at);
    zeros += u32(load<f32>(at) == 0);
  }
  // Zeros, which are left out, have the exponent bits of subnormal numbers. The sum of the tables is what counts.
  store<u32>(tables, load<u32>(tables) - zeros);
}

/** The exponent is bits 7 to 14 of the upper half. */
@inline
function countExponent(table: usize, value: usize): void {
  const at = table + (<usize>(load<u16>(value, 2) >> 5) & 0x3fc);
  store<u32>(at, load<u32>(at) + 1);
}

@inline
function total(counts: v128): i64 {
  return i64(i32x4.extract_lane(counts, 0)) + i64(i32x4.extract_lane(counts, 1)) + i64(i32x4.extract_lane(counts, 2)) + i64(i32x4.extract_lane(counts, 3));
}
