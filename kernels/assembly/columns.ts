import { literal } from './literals';
import { multiplyAdd } from './vectors';

/**
 * Tiles of depthwise filters: three neighbouring windows of a row, eight channels at a time, whose sums stay in
 * registers, so that a value of the image is loaded once for all windows that meet it.
 */
export const TILE: i32 = 3;

/** Channels of a tile, in bytes. */
export const TILE_BYTES: usize = 32;

/** Of `span` columns of which the image's column `first` is the first: those inside of an image of `width`, as bits. */
export function columnsInside(first: i32, span: i32, width: i32): i32 {
  const from = max(0, -first);
  const to = min(span, width - first);
  return to > from ? ((1 << to) - 1) & ~((1 << from) - 1) : 0;
}

/**
 * y[t, c] = start[c] + the sum over `rows` rows and the taps k of x[t * STRIDE + k, c] filter[k, c], clamped, for the
 * windows t < `end`.
 *
 * @typeParam Taps, Stride in a row: 3 or 5, 1 or 2
 * @typeParam Where at an edge only the columns of `mask` exist
 * @param step bytes from a column to the next, negative where x and y are mirrored
 * @param rowStep bytes from a row of x to the next
 * @param pixel bytes of one tap of the filter
 * @param bytes of channels, a multiple of 32
 */
export function filterTile<Taps, Stride, Where>(x: usize, step: usize, rowStep: usize, filter: usize, rows: i32, pixel: usize, start: usize, y: usize, end: i32, mask: i32, bytes: usize, low: f32, up: f32): void {
  const TAPS = literal<Taps>();
  const STRIDE = literal<Stride>();
  const CHECKED = isBoolean<Where>();
  const l = f32x4.splat(low);
  const h = f32x4.splat(up);
  for (let at: usize = 0; at < bytes; at += TILE_BYTES) {
    let s0 = v128.load(start + at);
    let t0 = v128.load(start + at, 16);
    let s1 = s0;
    let t1 = t0;
    let s2 = s0;
    let t2 = t0;
    let row = x + at;
    let weight = filter + at;
    for (let r = 0; r < rows; r++) {
      const w0 = v128.load(weight);
      const z0 = v128.load(weight, 16);
      weight += pixel;
      const w1 = v128.load(weight);
      const z1 = v128.load(weight, 16);
      weight += pixel;
      const w2 = v128.load(weight);
      const z2 = v128.load(weight, 16);
      weight += pixel;
      let w3 = w2;
      let z3 = z2;
      let w4 = w2;
      let z4 = z2;
      if (TAPS > 3) {
        w3 = v128.load(weight);
        z3 = v128.load(weight, 16);
        weight += pixel;
        w4 = v128.load(weight);
        z4 = v128.load(weight, 16);
        weight += pixel;
      }
      let a = row;
      if (!CHECKED || mask & 1) {
        const u = v128.load(a);
        const v = v128.load(a, 16);
        s0 = tap(TAPS, s0, u, 0, w0, w1, w2, w3, w4);
        t0 = tap(TAPS, t0, v, 0, z0, z1, z2, z3, z4);
      }
      a += step;
      if (!CHECKED || mask & 2) {
        const u = v128.load(a);
        const v = v128.load(a, 16);
        s0 = tap(TAPS, s0, u, 1, w0, w1, w2, w3, w4);
        t0 = tap(TAPS, t0, v, 1, z0, z1, z2, z3, z4);
        s1 = tap(TAPS, s1, u, 1 - STRIDE, w0, w1, w2, w3, w4);
        t1 = tap(TAPS, t1, v, 1 - STRIDE, z0, z1, z2, z3, z4);
      }
      a += step;
      if (!CHECKED || mask & 4) {
        const u = v128.load(a);
        const v = v128.load(a, 16);
        s0 = tap(TAPS, s0, u, 2, w0, w1, w2, w3, w4);
        t0 = tap(TAPS, t0, v, 2, z0, z1, z2, z3, z4);
        s1 = tap(TAPS, s1, u, 2 - STRIDE, w0, w1, w2, w3, w4);
        t1 = tap(TAPS, t1, v, 2 - STRIDE, z0, z1, z2, z3, z4);
        s2 = tap(TAPS, s2, u, 2 - 2 * STRIDE, w0, w1, w2, w3, w4);
        t2 = tap(TAPS, t2, v, 2 - 2 * STRIDE, z0, z1, z2, z3, z4);
      }
      a += step;
      if (!CHECKED || mask & 8) {
        const u = v128.load(a);
        const v = v128.load(a, 16);
        s0 = tap(TAPS, s0, u, 3, w0, w1, w2, w3, w4);
        t0 = tap(TAPS, t0, v, 3, z0, z1, z2, z3, z4);
        s1 = tap(TAPS, s1, u, 3 - STRIDE, w0, w1, w2, w3, w4);
        t1 = tap(TAPS, t1, v, 3 - STRIDE, z0, z1, z2, z3, z4);
        s2 = tap(TAPS, s2, u, 3 - 2 * STRIDE, w0, w1, w2, w3, w4);
        t2 = tap(TAPS, t2, v, 3 - 2 * STRIDE, z0, z1, z2, z3, z4);
      }
      a += step;
      if (!CHECKED || mask & 16) {
        const u = v128.load(a);
        const v = v128.load(a, 16);
        s0 = tap(TAPS, s0, u, 4, w0, w1, w2, w3, w4);
        t0 = tap(TAPS, t0, v, 4, z0, z1, z2, z3, z4);
        s1 = tap(TAPS, s1, u, 4 - STRIDE, w0, w1, w2, w3, w4);
        t1 = tap(TAPS, t1, v, 4 - STRIDE, z0, z1, z2, z3, z4);
        s2 = tap(TAPS, s2, u, 4 - 2 * STRIDE, w0, w1, w2, w3, w4);
        t2 = tap(TAPS, t2, v, 4 - 2 * STRIDE, z0, z1, z2, z3, z4);
      }
      if (STRIDE > 1 || TAPS > 3) {
        a += step;
        if (!CHECKED || mask & 32) {
          const u = v128.load(a);
          const v = v128.load(a, 16);
          s1 = tap(TAPS, s1, u, 5 - STRIDE, w0, w1, w2, w3, w4);
          t1 = tap(TAPS, t1, v, 5 - STRIDE, z0, z1, z2, z3, z4);
          s2 = tap(TAPS, s2, u, 5 - 2 * STRIDE, w0, w1, w2, w3, w4);
          t2 = tap(TAPS, t2, v, 5 - 2 * STRIDE, z0, z1, z2, z3, z4);
        }
        a += step;
        if (!CHECKED || mask & 64) {
          const u = v128.load(a);
          const v = v128.load(a, 16);
          s1 = tap(TAPS, s1, u, 6 - STRIDE, w0, w1, w2, w3, w4);
          t1 = tap(TAPS, t1, v, 6 - STRIDE, z0, z1, z2, z3, z4);
          s2 = tap(TAPS, s2, u, 6 - 2 * STRIDE, w0, w1, w2, w3, w4);
          t2 = tap(TAPS, t2, v, 6 - 2 * STRIDE, z0, z1, z2, z3, z4);
        }
      }
      if (STRIDE > 1 && TAPS > 3) {
        a += step;
        if (!CHECKED || mask & 128) {
          const u = v128.load(a);
          const v = v128.load(a, 16);
          s2 = tap(TAPS, s2, u, 7 - 2 * STRIDE, w0, w1, w2, w3, w4);
          t2 = tap(TAPS, t2, v, 7 - 2 * STRIDE, z0, z1, z2, z3, z4);
        }
        a += step;
        if (!CHECKED || mask & 256) {
          const u = v128.load(a);
          const v = v128.load(a, 16);
          s2 = tap(TAPS, s2, u, 8 - 2 * STRIDE, w0, w1, w2, w3, w4);
          t2 = tap(TAPS, t2, v, 8 - 2 * STRIDE, z0, z1, z2, z3, z4);
        }
      }
      row += rowStep;
    }
    let target = y + at;
    v128.store(target, f32x4.pmin(f32x4.pmax(s0, l), h));
    v128.store(target, f32x4.pmin(f32x4.pmax(t0, l), h), 16);
    target += step;
    if (!CHECKED || end > 1) {
      v128.store(target, f32x4.pmin(f32x4.pmax(s1, l), h));
      v128.store(target, f32x4.pmin(f32x4.pmax(t1, l), h), 16);
    }
    target += step;
    if (!CHECKED || end > 2) {
      v128.store(target, f32x4.pmin(f32x4.pmax(s2, l), h));
      v128.store(target, f32x4.pmin(f32x4.pmax(t2, l), h), 16);
    }
  }
}

/** sum + x * (weight k), or the sum where there is no such weight; known when it is compiled. */
@inline
export function tap(TAPS: i32, sum: v128, x: v128, k: i32, w0: v128, w1: v128, w2: v128, w3: v128, w4: v128): v128 {
  return k < 0 || k >= TAPS ? sum : multiplyAdd(x, k == 0 ? w0 : k == 1 ? w1 : k == 2 ? w2 : k == 3 ? w3 : w4, sum);
}
