import { accumulate } from './products';
import { PANEL_ROW, TILE_COLUMNS } from './tiles';
import { batch, channels, high, wide } from './windows';
import { columnOfTile, GAP, imageOfTile, locateTile, notFinite, POINTS, readTile, rowOfTile, tilesIn } from './winograd-tiles';

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

/** G e G^T of the errors of a tile, for all outputs, in panels of 8; `panel` and `step` bytes from one panel and one of the 16 points to the next. */
function readErrors(dy: usize, tile: i32, rows: i32, columns: i32, outputs: i32, zeros: usize, target: usize, panel: usize, step: usize): void {
  locateTile(tile, rows, columns);
  const row = rowOfTile;
  const column = columnOfTile;
  const bytes = <usize>outputs << 2;
  const corner = dy + <usize>((imageOfTile * high + row) * wide + column) * bytes;
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

@inline
function stored(target: usize, value: v128): v128 {
  v128.store(target, value);
  return notFinite(value);
}
