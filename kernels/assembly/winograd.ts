import { multiplyChunk } from './products';
import { PANEL_ROW, TILE_COLUMNS } from './tiles';
import { batch, channels, high, wide } from './windows';
import { columnOfTile, GAP, imageOfTile, locateTile, notFinite, POINTS, readTile, rowOfTile, tilesIn } from './winograd-tiles';

/**
 * G g G^T of each filter, for {@link convolveTiles}: [16, columns / 8, rows, 8].
 *
 * @param rows, columns channels and outputs
 * @param tapStride, rowStride, columnStride bytes from one tap, channel and output of the filter to the next
 * @param isTurned whether taps come in the reverse order
 */
export function transformFilter(filter: usize, rows: i32, columns: i32, tapStride: usize, rowStride: usize, columnStride: usize, isTurned: bool, panels: usize): void {
  const padded = (columns + TILE_COLUMNS - 1) & ~(TILE_COLUMNS - 1);
  const point = <usize>(rows * padded) << 2;
  const start = isTurned ? filter + 8 * tapStride : filter;
  const step = isTurned ? <usize>0 - tapStride : tapStride;
  for (let j = 0; j < columns; j += 4) {
    let target = panels + (<usize>((j & ~7) * rows + (j & 7)) << 2);
    for (let c = 0; c < rows; c++) {
      const from = start + <usize>c * rowStride + <usize>j * columnStride;
      const a0 = four(from, columnStride);
      const a1 = four(from + step, columnStride);
      const a2 = four(from + 2 * step, columnStride);
      const b0 = four(from + 3 * step, columnStride);
      const b1 = four(from + 4 * step, columnStride);
      const b2 = four(from + 5 * step, columnStride);
      const d0 = four(from + 6 * step, columnStride);
      const d1 = four(from + 7 * step, columnStride);
      const d2 = four(from + 8 * step, columnStride);
      fourPoints(target, point, a0, a1, a2);
      fourPoints(target + 4 * point, point, halfSum(a0, b0, d0), halfSum(a1, b1, d1), halfSum(a2, b2, d2));
      fourPoints(target + 8 * point, point, halfTurned(a0, b0, d0), halfTurned(a1, b1, d1), halfTurned(a2, b2, d2));
      fourPoints(target + 12 * point, point, d0, d1, d2);
      target += PANEL_ROW;
    }
  }
}

@inline
function four(from: usize, stride: usize): v128 {
  if (stride == 4) return v128.load(from);
  const value = f32x4.replace_lane(v128.load32_zero(from), 1, load<f32>(from + stride));
  return f32x4.replace_lane(f32x4.replace_lane(value, 2, load<f32>(from + 2 * stride)), 3, load<f32>(from + 3 * stride));
}

@inline
function fourPoints(to: usize, point: usize, a: v128, b: v128, c: v128): void {
  v128.store(to, a);
  v128.store(to + point, halfSum(a, b, c));
  v128.store(to + 2 * point, halfTurned(a, b, c));
  v128.store(to + 3 * point, c);
}

/** (a + b + c) / 2 */
@inline
function halfSum(a: v128, b: v128, c: v128): v128 {
  return f32x4.mul(f32x4.add(f32x4.add(a, c), b), f32x4.splat(0.5));
}

/** (a - b + c) / 2 */
@inline
function halfTurned(a: v128, b: v128, c: v128): v128 {
  return f32x4.mul(f32x4.sub(f32x4.add(a, c), b), f32x4.splat(0.5));
}

/**
 * y = clamp(x * filter + bias).
 *
 * @param panels filters as {@link transformFilter} lays them out
 * @param bias one value for each output
 * @param zeros as many as the larger of channels and outputs rounded up to a multiple of 8
 * @param tiles how many are computed at once, a multiple of 4
 * @param table room for 2 * tiles addresses
 * @param inputs room for 16 * tiles * channels values
 * @param products room for 16 * tiles * outputs values
 * @returns whether all sums are finite: otherwise y is not what it should be, since a tile mixes what it reads
 */
export function convolveTiles(x: usize, panels: usize, outputs: i32, bias: usize, y: usize, zeros: usize, tiles: i32, table: usize, inputs: usize, products: usize, low: f32, up: f32): bool {
  const rows = tilesIn(high);
  const columns = tilesIn(wide);
  const padded = (outputs + TILE_COLUMNS - 1) & ~(TILE_COLUMNS - 1);
  const pixel = <usize>channels << 2;
  const target = <usize>outputs << 2;
  const inputStep = <usize>tiles * pixel + GAP;
  const productStep = <usize>tiles * target + GAP;
  let bad = i32x4.splat(0);
  const count = batch * rows * columns;
  for (let from = 0; from < count; from += tiles) {
    const size = min(tiles, count - from);
    const whole = (size + 3) & ~3;
    for (let t = 0; t < size; t++) readTile(x, from + t, rows, columns, zeros, inputs + <usize>t * pixel, inputStep);
    for (let p = 0; p < POINTS; p++) {
      const factors = inputs + <usize>p * inputStep;
      const sums = products + <usize>p * productStep;
      for (let t = 0; t < whole; t++) {
        store<u32>(table + (<usize>t << 2), <u32>(factors + <usize>min(t, size - 1) * pixel));
        store<u32>(table + (<usize>(tiles + t) << 2), <u32>(sums + <usize>t * target));
      }
      multiplyChunk(table, table + (<usize>tiles << 2), whole, 1, channels, panels + (<usize>(p * channels * padded) << 2), outputs, zeros, -Infinity, Infinity);
    }
    for (let t = 0; t < size; t++) bad = v128.or(bad, writeTile(products + <usize>t * target, productStep, from + t, rows, columns, outputs, bias, y, low, up));
  }
  return !v128.any_true(bad);
}

/** A^T m A, the outputs of a tile. Returns which sums are not finite. */
function writeTile(products: usize, step: usize, tile: i32, rows: i32, columns: i32, outputs: i32, bias: usize, y: usize, low: f32, up: f32): v128 {
  locateTile(tile, rows, columns);
  const row = rowOfTile;
  const column = columnOfTile;
  const bytes = <usize>outputs << 2;
  const target = y + <usize>((imageOfTile * high + row) * wide + column) * bytes;
  const isWide = column + 1 < wide;
  const isHigh = row + 1 < high;
  const l = f32x4.splat(low);
  const h = f32x4.splat(up);
  let bad = i32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const from = products + at;
    // Of rows 1 and 2 together, and one less the other.
    const b0 = v128.load(from + 4 * step);
    const b1 = v128.load(from + 5 * step);
    const b2 = v128.load(from + 6 * step);
    const b3 = v128.load(from + 7 * step);
    const c0 = v128.load(from + 8 * step);
    const c1 = v128.load(from + 9 * step);
    const c2 = v128.load(from + 10 * step);
    const c3 = v128.load(from + 11 * step);
    const start = v128.load(bias + at);
    let p0 = f32x4.add(v128.load(from), f32x4.add(b0, c0));
    let p1 = f32x4.add(v128.load(from + step), f32x4.add(b1, c1));
    let p2 = f32x4.add(v128.load(from + 2 * step), f32x4.add(b2, c2));
    let p3 = f32x4.add(v128.load(from + 3 * step), f32x4.add(b3, c3));
    let to = target + at;
    bad = v128.or(bad, clamped(to, f32x4.add(f32x4.add(f32x4.add(p0, p1), p2), start), l, h));
    if (isWide) bad = v128.or(bad, clamped(to + bytes, f32x4.add(f32x4.sub(f32x4.sub(p1, p2), p3), start), l, h));
    if (!isHigh) continue;
    p0 = f32x4.sub(f32x4.sub(b0, c0), v128.load(from + 12 * step));
    p1 = f32x4.sub(f32x4.sub(b1, c1), v128.load(from + 13 * step));
    p2 = f32x4.sub(f32x4.sub(b2, c2), v128.load(from + 14 * step));
    p3 = f32x4.sub(f32x4.sub(b3, c3), v128.load(from + 15 * step));
    to += <usize>wide * bytes;
    bad = v128.or(bad, clamped(to, f32x4.add(f32x4.add(f32x4.add(p0, p1), p2), start), l, h));
    if (isWide) bad = v128.or(bad, clamped(to + bytes, f32x4.add(f32x4.sub(f32x4.sub(p1, p2), p3), start), l, h));
  }
  return bad;
}

/** Stores a value within limits; returns where it is not finite. */
@inline
function clamped(target: usize, value: v128, low: v128, up: v128): v128 {
  v128.store(target, f32x4.pmin(f32x4.pmax(value, low), up));
  return notFinite(value);
}
