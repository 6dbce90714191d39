import { accumulate, multiplyChunk } from './products';
import { PANEL_ROW, TILE_COLUMNS } from './tiles';
import { batch, channels, height, high, left, top, wide, width } from './windows';

/**
 * Products for each tile and channel. Convolution with 3 x 3 filters, stride 1, by minimal filtering: four outputs that
 * lie together take 16 products instead of 36 (Winograd 1980, "Arithmetic Complexity of Computations"; Lavin and Gray
 * 2016, arXiv:1509.09308, section 4.1, F(2 x 2, 3 x 3)). What a window does not meet adds nothing to its sum, not even
 * rounding. Channels and outputs come in multiples of 4.
 */
const POINTS: i32 = 16;

/** Bytes between what belongs to one point and the next: without, all 16 would compete for the same lines of the cache. */
const GAP: usize = 64;

/** Sides of what a tile reads and writes. */
const READ: i32 = 4;
const WRITTEN: i32 = 2;

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

/**
 * Gradient of the convolution by its filter, F(3 x 3, 2 x 2): outputs of a tile are the filter, and filters the outputs.
 *
 * @param dy [batch, high, wide, outputs]
 * @param gradient [3, 3, channels, outputs]
 * @param zeros as many as the larger of channels and outputs
 * @param tiles how many are read at once
 * @param table room for as many addresses
 * @param inputs, errors room for 16 * tiles * channels and 16 * tiles * (outputs rounded up to a multiple of 8) values
 * @param sums room for 16 * channels * outputs values
 * @returns whether all sums are finite
 */
export function convolveTilesBackFilter(x: usize, dy: usize, outputs: i32, gradient: usize, zeros: usize, tiles: i32, table: usize, inputs: usize, errors: usize, sums: usize): bool {
  const rows = tilesIn(high);
  const columns = tilesIn(wide);
  const padded = (outputs + TILE_COLUMNS - 1) & ~(TILE_COLUMNS - 1);
  const pixel = <usize>channels << 2;
  const inputStep = <usize>tiles * pixel + GAP;
  const errorStep = (<usize>(tiles * padded) << 2) + GAP;
  const matrix = <usize>(channels * outputs) << 2;
  memory.fill(sums, 0, <usize>POINTS * matrix);
  const count = batch * rows * columns;
  for (let from = 0; from < count; from += tiles) {
    const size = min(tiles, count - from);
    for (let t = 0; t < size; t++) {
      readTile(x, from + t, rows, columns, zeros, inputs + <usize>t * pixel, inputStep);
      readErrors(dy, from + t, rows, columns, outputs, zeros, errors + <usize>t * PANEL_ROW, <usize>size * PANEL_ROW, errorStep);
    }
    for (let p = 0; p < POINTS; p++) {
      for (let t = 0; t < size; t++) store<u32>(table + (<usize>t << 2), <u32>(inputs + <usize>p * inputStep + <usize>t * pixel));
      accumulate(table, size, channels, errors + <usize>p * errorStep, outputs, sums + <usize>p * matrix);
    }
  }
  let bad = i32x4.splat(0);
  for (let at: usize = 0; at < matrix; at += 16) {
    for (let column: usize = 0; column < 4; column++) {
      const from = sums + at + column * matrix;
      const a = v128.load(from);
      const b = v128.load(from + 4 * matrix);
      const c = v128.load(from + 8 * matrix);
      const d = v128.load(from + 12 * matrix);
      const inner = f32x4.add(b, c);
      v128.store(from, f32x4.add(a, inner));
      v128.store(from + 4 * matrix, f32x4.sub(b, c));
      v128.store(from + 8 * matrix, f32x4.sub(inner, d));
    }
    for (let row: usize = 0; row < 3; row++) {
      const from = sums + at + 4 * row * matrix;
      const b = v128.load(from + matrix);
      const c = v128.load(from + 2 * matrix);
      const inner = f32x4.add(b, c);
      const target = gradient + at + 3 * row * matrix;
      bad = v128.or(bad, stored(target, f32x4.add(v128.load(from), inner)));
      bad = v128.or(bad, stored(target + matrix, f32x4.sub(b, c)));
      bad = v128.or(bad, stored(target + 2 * matrix, f32x4.sub(inner, v128.load(from + 3 * matrix))));
    }
  }
  return !v128.any_true(bad);
}

@inline
function tilesIn(side: i32): i32 {
  return (side + WRITTEN - 1) / WRITTEN;
}

/** B^T d B of what a tile reads, for all channels; `step` bytes from one of the 16 points to the next. */
function readTile(x: usize, tile: i32, rows: i32, columns: i32, zeros: usize, target: usize, step: usize): void {
  const n = tile / (rows * columns);
  const rest = tile - n * rows * columns;
  const row = (rest / columns) * WRITTEN - top;
  const column = (rest % columns) * WRITTEN - left;
  const pixel = <usize>channels << 2;
  const image = x + <usize>(n * height * width) * pixel;
  const p00 = place(image, row, column, pixel, zeros);
  const p01 = place(image, row, column + 1, pixel, zeros);
  const p02 = place(image, row, column + 2, pixel, zeros);
  const p03 = place(image, row, column + 3, pixel, zeros);
  const p10 = place(image, row + 1, column, pixel, zeros);
  const p11 = place(image, row + 1, column + 1, pixel, zeros);
  const p12 = place(image, row + 1, column + 2, pixel, zeros);
  const p13 = place(image, row + 1, column + 3, pixel, zeros);
  const p20 = place(image, row + 2, column, pixel, zeros);
  const p21 = place(image, row + 2, column + 1, pixel, zeros);
  const p22 = place(image, row + 2, column + 2, pixel, zeros);
  const p23 = place(image, row + 2, column + 3, pixel, zeros);
  const p30 = place(image, row + 3, column, pixel, zeros);
  const p31 = place(image, row + 3, column + 1, pixel, zeros);
  const p32 = place(image, row + 3, column + 2, pixel, zeros);
  const p33 = place(image, row + 3, column + 3, pixel, zeros);
  for (let at: usize = 0; at < pixel; at += 16) {
    const b0 = v128.load(p10 + at);
    const b1 = v128.load(p11 + at);
    const b2 = v128.load(p12 + at);
    const b3 = v128.load(p13 + at);
    const c0 = v128.load(p20 + at);
    const c1 = v128.load(p21 + at);
    const c2 = v128.load(p22 + at);
    const c3 = v128.load(p23 + at);
    const to = target + at;
    alongRow(to, step, f32x4.sub(v128.load(p00 + at), c0), f32x4.sub(v128.load(p01 + at), c1), f32x4.sub(v128.load(p02 + at), c2), f32x4.sub(v128.load(p03 + at), c3));
    alongRow(to + 4 * step, step, f32x4.add(b0, c0), f32x4.add(b1, c1), f32x4.add(b2, c2), f32x4.add(b3, c3));
    alongRow(to + 8 * step, step, f32x4.sub(c0, b0), f32x4.sub(c1, b1), f32x4.sub(c2, b2), f32x4.sub(c3, b3));
    alongRow(to + 12 * step, step, f32x4.sub(b0, v128.load(p30 + at)), f32x4.sub(b1, v128.load(p31 + at)), f32x4.sub(b2, v128.load(p32 + at)), f32x4.sub(b3, v128.load(p33 + at)));
  }
}

@inline
function alongRow(to: usize, step: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(to, f32x4.sub(a, c));
  v128.store(to + step, f32x4.add(b, c));
  v128.store(to + 2 * step, f32x4.sub(c, b));
  v128.store(to + 3 * step, f32x4.sub(b, d));
}

@inline
function place(image: usize, row: i32, column: i32, pixel: usize, zeros: usize): usize {
  return <u32>row < <u32>height && <u32>column < <u32>width ? image + <usize>(row * width + column) * pixel : zeros;
}

/** A^T m A, the outputs of a tile. Returns which sums are not finite. */
function writeTile(products: usize, step: usize, tile: i32, rows: i32, columns: i32, outputs: i32, bias: usize, y: usize, low: f32, up: f32): v128 {
  const n = tile / (rows * columns);
  const rest = tile - n * rows * columns;
  const row = (rest / columns) * WRITTEN;
  const column = (rest % columns) * WRITTEN;
  const bytes = <usize>outputs << 2;
  const target = y + <usize>((n * high + row) * wide + column) * bytes;
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

/** G e G^T of the errors of a tile, for all outputs, in panels of 8; `panel` and `step` bytes from one panel and one of the 16 points to the next. */
function readErrors(dy: usize, tile: i32, rows: i32, columns: i32, outputs: i32, zeros: usize, target: usize, panel: usize, step: usize): void {
  const n = tile / (rows * columns);
  const rest = tile - n * rows * columns;
  const row = (rest / columns) * WRITTEN;
  const column = (rest % columns) * WRITTEN;
  const bytes = <usize>outputs << 2;
  const corner = dy + <usize>((n * high + row) * wide + column) * bytes;
  const isWide = column + 1 < wide;
  const isHigh = row + 1 < high;
  const right = isWide ? corner + bytes : zeros;
  const below = isHigh ? corner + <usize>wide * bytes : zeros;
  const across = isWide && isHigh ? corner + <usize>(wide + 1) * bytes : zeros;
  const half = f32x4.splat(0.5);
  for (let at: usize = 0; at < bytes; at += 16) {
    const to = target + (at >> 5) * panel + (at & 16);
    const a = v128.load(corner + at);
    const b = v128.load(right + at);
    const c = v128.load(below + at);
    const d = v128.load(across + at);
    const leftHalf = f32x4.mul(a, half);
    const rightHalf = f32x4.mul(b, half);
    spreadErrors(to, step, a, b);
    const lowerLeft = f32x4.mul(c, half);
    const lowerRight = f32x4.mul(d, half);
    spreadErrors(to + 4 * step, step, f32x4.add(leftHalf, lowerLeft), f32x4.add(rightHalf, lowerRight));
    spreadErrors(to + 8 * step, step, f32x4.sub(leftHalf, lowerLeft), f32x4.sub(rightHalf, lowerRight));
    spreadErrors(to + 12 * step, step, c, d);
  }
}

@inline
function spreadErrors(to: usize, step: usize, a: v128, b: v128): void {
  const half = f32x4.splat(0.5);
  const outer = f32x4.mul(a, half);
  const inner = f32x4.mul(b, half);
  v128.store(to, a);
  v128.store(to + step, f32x4.add(outer, inner));
  v128.store(to + 2 * step, f32x4.sub(outer, inner));
  v128.store(to + 3 * step, b);
}

/** Stores a value within limits; returns where it is not finite. */
@inline
function clamped(target: usize, value: v128, low: v128, up: v128): v128 {
  v128.store(target, f32x4.pmin(f32x4.pmax(value, low), up));
  return notFinite(value);
}

@inline
function stored(target: usize, value: v128): v128 {
  v128.store(target, value);
  return notFinite(value);
}

@inline
function notFinite(value: v128): v128 {
  return f32x4.ne(f32x4.sub(value, value), f32x4.splat(0));
}
