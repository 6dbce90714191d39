import { channels, height, left, top, width } from './windows';

/**
 * Products for each tile and channel. Convolution with 3 x 3 filters, stride 1, by minimal filtering: four outputs that
 * lie together take 16 products instead of 36 (Winograd 1980, "Arithmetic Complexity of Computations"; Lavin and Gray
 * 2016, arXiv:1509.09308, section 4.1, F(2 x 2, 3 x 3)). What a window does not meet adds nothing to its sum, not even
 * rounding. Channels and outputs come in multiples of 4.
 */
export const POINTS: i32 = 16;

/** Bytes between what belongs to one point and the next: without, all 16 would compete for the same lines of the cache. */
export const GAP: usize = 64;

/** Side of what a tile writes. */
const WRITTEN: i32 = 2;

@inline
export function tilesIn(side: i32): i32 {
  return (side + WRITTEN - 1) / WRITTEN;
}

/** Where a tile writes: its image, and its first row and column there. */
export let imageOfTile: i32 = 0;
export let rowOfTile: i32 = 0;
export let columnOfTile: i32 = 0;

/** @param rows, columns tiles of an image */
@inline
export function locateTile(tile: i32, rows: i32, columns: i32): void {
  const rest = tile % (rows * columns);
  imageOfTile = tile / (rows * columns);
  rowOfTile = (rest / columns) * WRITTEN;
  columnOfTile = (rest % columns) * WRITTEN;
}

/** B^T d B of what a tile reads, for all channels; `step` bytes from one of the 16 points to the next. */
export function readTile(x: usize, tile: i32, rows: i32, columns: i32, zeros: usize, target: usize, step: usize): void {
  locateTile(tile, rows, columns);
  const row = rowOfTile - top;
  const column = columnOfTile - left;
  const pixel = <usize>channels << 2;
  const image = x + <usize>(imageOfTile * height * width) * pixel;
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

@inline
export function notFinite(value: v128): v128 {
  return f32x4.ne(f32x4.sub(value, value), f32x4.splat(0));
}
