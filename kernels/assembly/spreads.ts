import { tap, TILE_BYTES } from './columns';
import { literal } from './literals';

/** Neighbouring columns of the image whose gradients {@link spreadTile} computes. */
export const SPREAD: i32 = 4;

/**
 * Gradient of a depthwise filter with stride 2 by four columns of its input, the first of which meets the even taps:
 * dx[t, c] = the sum over `rows` rows and the taps k, as even or odd as t, of dy[(t + TAPS - 1 - k) / 2, c] filter[k, c].
 *
 * @typeParam Taps in a row: 3 or 5
 * @typeParam Where at an edge only the columns of `mask` exist in dy, `from` to `end` in dx
 * @param rowStep bytes from a row of dy to the next that is met
 * @param filterStep bytes from a row of the filter to the next that meets
 * @param pixel bytes of one column or tap
 * @param bytes of channels, a multiple of 32
 */
export function spreadTile<Taps, Where>(dy: usize, rowStep: usize, filter: usize, filterStep: usize, rows: i32, pixel: usize, dx: usize, from: i32, end: i32, mask: i32, bytes: usize): void {
  const TAPS = literal<Taps>();
  const CHECKED = isBoolean<Where>();
  const last = <usize>(TAPS > 3 ? 3 : 2) * pixel;
  for (let at: usize = 0; at < bytes; at += TILE_BYTES) {
    let s0 = f32x4.splat(0);
    let t0 = s0;
    let s1 = s0;
    let t1 = s0;
    let s2 = s0;
    let t2 = s0;
    let s3 = s0;
    let t3 = s0;
    let row = dy + at + last;
    let weight = filter + at;
    for (let r = 0; r < rows; r++) {
      const w0 = v128.load(weight);
      const z0 = v128.load(weight, 16);
      let next = weight + pixel;
      const w1 = v128.load(next);
      const z1 = v128.load(next, 16);
      next += pixel;
      const w2 = v128.load(next);
      const z2 = v128.load(next, 16);
      let w3 = w2;
      let z3 = z2;
      let w4 = w2;
      let z4 = z2;
      if (TAPS > 3) {
        next += pixel;
        w3 = v128.load(next);
        z3 = v128.load(next, 16);
        next += pixel;
        w4 = v128.load(next);
        z4 = v128.load(next, 16);
      }
      let a = row;
      if (TAPS > 3) {
        if (!CHECKED || mask & 8) {
          const u = v128.load(a);
          const v = v128.load(a, 16);
          s2 = tap(TAPS, s2, u, 2 + TAPS - 7, w0, w1, w2, w3, w4);
          t2 = tap(TAPS, t2, v, 2 + TAPS - 7, z0, z1, z2, z3, z4);
          s3 = tap(TAPS, s3, u, 3 + TAPS - 7, w0, w1, w2, w3, w4);
          t3 = tap(TAPS, t3, v, 3 + TAPS - 7, z0, z1, z2, z3, z4);
        }
        a -= pixel;
      }
      if (!CHECKED || mask & 4) {
        const u = v128.load(a);
        const v = v128.load(a, 16);
        s0 = tap(TAPS, s0, u, TAPS - 5, w0, w1, w2, w3, w4);
        t0 = tap(TAPS, t0, v, TAPS - 5, z0, z1, z2, z3, z4);
        s1 = tap(TAPS, s1, u, 1 + TAPS - 5, w0, w1, w2, w3, w4);
        t1 = tap(TAPS, t1, v, 1 + TAPS - 5, z0, z1, z2, z3, z4);
        s2 = tap(TAPS, s2, u, 2 + TAPS - 5, w0, w1, w2, w3, w4);
        t2 = tap(TAPS, t2, v, 2 + TAPS - 5, z0, z1, z2, z3, z4);
        s3 = tap(TAPS, s3, u, 3 + TAPS - 5, w0, w1, w2, w3, w4);
        t3 = tap(TAPS, t3, v, 3 + TAPS - 5, z0, z1, z2, z3, z4);
      }
      a -= pixel;
      if (!CHECKED || mask & 2) {
        const u = v128.load(a);
        const v = v128.load(a, 16);
        s0 = tap(TAPS, s0, u, TAPS - 3, w0, w1, w2, w3, w4);
        t0 = tap(TAPS, t0, v, TAPS - 3, z0, z1, z2, z3, z4);
        s1 = tap(TAPS, s1, u, 1 + TAPS - 3, w0, w1, w2, w3, w4);
        t1 = tap(TAPS, t1, v, 1 + TAPS - 3, z0, z1, z2, z3, z4);
        s2 = tap(TAPS, s2, u, 2 + TAPS - 3, w0, w1, w2, w3, w4);
        t2 = tap(TAPS, t2, v, 2 + TAPS - 3, z0, z1, z2, z3, z4);
      }
      a -= pixel;
      if (!CHECKED || mask & 1) {
        const u = v128.load(a);
        const v = v128.load(a, 16);
        s0 = tap(TAPS, s0, u, TAPS - 1, w0, w1, w2, w3, w4);
        t0 = tap(TAPS, t0, v, TAPS - 1, z0, z1, z2, z3, z4);
      }
      row += rowStep;
      weight += filterStep;
    }
    let target = dx + at;
    if (!CHECKED || from == 0) {
      v128.store(target, s0);
      v128.store(target, t0, 16);
    }
    target += pixel;
    if (!CHECKED || end > 1) {
      v128.store(target, s1);
      v128.store(target, t1, 16);
    }
    target += pixel;
    if (!CHECKED || end > 2) {
      v128.store(target, s2);
      v128.store(target, t2, 16);
    }
    target += pixel;
    if (!CHECKED || end > 3) {
      v128.store(target, s3);
      v128.store(target, t3, 16);
    }
  }
}
