import { TILE_BYTES } from './columns';
import { literal } from './literals';
import { multiplyAdd } from './vectors';

/**
 * Adds to the gradient of a depthwise filter what three neighbouring windows of a row give:
 * gradient[k, c] += the sum over t of x[t * STRIDE + k, c] dy[t, c], for `rows` rows of the filter.
 *
 * @typeParam Taps, Stride in a row: 3 or 5, 1 or 2
 * @typeParam Where at an edge only the columns of `mask` exist in x
 * @param rowStep bytes from a row of x to the next
 * @param pixel bytes of one column or tap
 * @param bytes of channels, a multiple of 32
 */
export function filterGradientTile<Taps, Stride, Where>(x: usize, rowStep: usize, dy: usize, gradient: usize, rows: i32, pixel: usize, mask: i32, bytes: usize): void {
  const TAPS = literal<Taps>();
  const STRIDE = literal<Stride>();
  const CHECKED = isBoolean<Where>();
  for (let at: usize = 0; at < bytes; at += TILE_BYTES) {
    let a = dy + at;
    const d0 = v128.load(a);
    const e0 = v128.load(a, 16);
    a += pixel;
    const d1 = v128.load(a);
    const e1 = v128.load(a, 16);
    a += pixel;
    const d2 = v128.load(a);
    const e2 = v128.load(a, 16);
    let row = x + at;
    let next = gradient + at;
    for (let r = 0; r < rows; r++) {
      let g0 = f32x4.splat(0);
      let h0 = f32x4.splat(0);
      let g1 = f32x4.splat(0);
      let h1 = f32x4.splat(0);
      let g2 = f32x4.splat(0);
      let h2 = f32x4.splat(0);
      let g3 = f32x4.splat(0);
      let h3 = f32x4.splat(0);
      let g4 = f32x4.splat(0);
      let h4 = f32x4.splat(0);
      a = row;
      if (!CHECKED || mask & 1) {
        const u = v128.load(a);
        const v = v128.load(a, 16);
        g0 = product(STRIDE, CHECKED, g0, u, 0, d0, d1, d2);
        h0 = product(STRIDE, CHECKED, h0, v, 0, e0, e1, e2);
      }
      a += pixel;
      if (!CHECKED || mask & 2) {
        const u = v128.load(a);
        const v = v128.load(a, 16);
        g0 = product(STRIDE, CHECKED, g0, u, 1, d0, d1, d2);
        h0 = product(STRIDE, CHECKED, h0, v, 1, e0, e1, e2);
        g1 = product(STRIDE, CHECKED, g1, u, 0, d0, d1, d2);
        h1 = product(STRIDE, CHECKED, h1, v, 0, e0, e1, e2);
      }
      a += pixel;
      if (!CHECKED || mask & 4) {
        const u = v128.load(a);
        const v = v128.load(a, 16);
        g0 = product(STRIDE, CHECKED, g0, u, 2, d0, d1, d2);
        h0 = product(STRIDE, CHECKED, h0, v, 2, e0, e1, e2);
        g1 = product(STRIDE, CHECKED, g1, u, 1, d0, d1, d2);
        h1 = product(STRIDE, CHECKED, h1, v, 1, e0, e1, e2);
        g2 = product(STRIDE, CHECKED, g2, u, 0, d0, d1, d2);
        h2 = product(STRIDE, CHECKED, h2, v, 0, e0, e1, e2);
      }
      a += pixel;
      if (!CHECKED || mask & 8) {
        const u = v128.load(a);
        const v = v128.load(a, 16);
        g0 = product(STRIDE, CHECKED, g0, u, 3, d0, d1, d2);
        h0 = product(STRIDE, CHECKED, h0, v, 3, e0, e1, e2);
        g1 = product(STRIDE, CHECKED, g1, u, 2, d0, d1, d2);
        h1 = product(STRIDE, CHECKED, h1, v, 2, e0, e1, e2);
        g2 = product(STRIDE, CHECKED, g2, u, 1, d0, d1, d2);
        h2 = product(STRIDE, CHECKED, h2, v, 1, e0, e1, e2);
        g3 = product(STRIDE, CHECKED, g3, u, 0, d0, d1, d2);
        h3 = product(STRIDE, CHECKED, h3, v, 0, e0, e1, e2);
      }
      a += pixel;
      if (!CHECKED || mask & 16) {
        const u = v128.load(a);
        const v = v128.load(a, 16);
        g0 = product(STRIDE, CHECKED, g0, u, 4, d0, d1, d2);
        h0 = product(STRIDE, CHECKED, h0, v, 4, e0, e1, e2);
        g1 = product(STRIDE, CHECKED, g1, u, 3, d0, d1, d2);
        h1 = product(STRIDE, CHECKED, h1, v, 3, e0, e1, e2);
        g2 = product(STRIDE, CHECKED, g2, u, 2, d0, d1, d2);
        h2 = product(STRIDE, CHECKED, h2, v, 2, e0, e1, e2);
        g3 = product(STRIDE, CHECKED, g3, u, 1, d0, d1, d2);
        h3 = product(STRIDE, CHECKED, h3, v, 1, e0, e1, e2);
        g4 = product(STRIDE, CHECKED, g4, u, 0, d0, d1, d2);
        h4 = product(STRIDE, CHECKED, h4, v, 0, e0, e1, e2);
      }
      if (STRIDE > 1 || TAPS > 3) {
        a += pixel;
        if (!CHECKED || mask & 32) {
          const u = v128.load(a);
          const v = v128.load(a, 16);
          g1 = product(STRIDE, CHECKED, g1, u, 4, d0, d1, d2);
          h1 = product(STRIDE, CHECKED, h1, v, 4, e0, e1, e2);
          g2 = product(STRIDE, CHECKED, g2, u, 3, d0, d1, d2);
          h2 = product(STRIDE, CHECKED, h2, v, 3, e0, e1, e2);
          g3 = product(STRIDE, CHECKED, g3, u, 2, d0, d1, d2);
          h3 = product(STRIDE, CHECKED, h3, v, 2, e0, e1, e2);
          g4 = product(STRIDE, CHECKED, g4, u, 1, d0, d1, d2);
          h4 = product(STRIDE, CHECKED, h4, v, 1, e0, e1, e2);
        }
        a += pixel;
        if (!CHECKED || mask & 64) {
          const u = v128.load(a);
          const v = v128.load(a, 16);
          g2 = product(STRIDE, CHECKED, g2, u, 4, d0, d1, d2);
          h2 = product(STRIDE, CHECKED, h2, v, 4, e0, e1, e2);
          g3 = product(STRIDE, CHECKED, g3, u, 3, d0, d1, d2);
          h3 = product(STRIDE, CHECKED, h3, v, 3, e0, e1, e2);
          g4 = product(STRIDE, CHECKED, g4, u, 2, d0, d1, d2);
          h4 = product(STRIDE, CHECKED, h4, v, 2, e0, e1, e2);
        }
      }
      if (STRIDE > 1 && TAPS > 3) {
        a += pixel;
        if (!CHECKED || mask & 128) {
          const u = v128.load(a);
          const v = v128.load(a, 16);
          g3 = product(STRIDE, CHECKED, g3, u, 4, d0, d1, d2);
          h3 = product(STRIDE, CHECKED, h3, v, 4, e0, e1, e2);
          g4 = product(STRIDE, CHECKED, g4, u, 3, d0, d1, d2);
          h4 = product(STRIDE, CHECKED, h4, v, 3, e0, e1, e2);
        }
        a += pixel;
        if (!CHECKED || mask & 256) {
          const u = v128.load(a);
          const v = v128.load(a, 16);
          g4 = product(STRIDE, CHECKED, g4, u, 4, d0, d1, d2);
          h4 = product(STRIDE, CHECKED, h4, v, 4, e0, e1, e2);
        }
      }
      v128.store(next, f32x4.add(v128.load(next), g0));
      v128.store(next, f32x4.add(v128.load(next, 16), h0), 16);
      next += pixel;
      v128.store(next, f32x4.add(v128.load(next), g1));
      v128.store(next, f32x4.add(v128.load(next, 16), h1), 16);
      next += pixel;
      v128.store(next, f32x4.add(v128.load(next), g2));
      v128.store(next, f32x4.add(v128.load(next, 16), h2), 16);
      if (TAPS > 3) {
        next += pixel;
        v128.store(next, f32x4.add(v128.load(next), g3));
        v128.store(next, f32x4.add(v128.load(next, 16), h3), 16);
        next += pixel;
        v128.store(next, f32x4.add(v128.load(next), g4));
        v128.store(next, f32x4.add(v128.load(next, 16), h4), 16);
      }
      next += pixel;
      row += rowStep;
    }
  }
}

/** sum + x * (the error of the window `columns` to the left), where there is one; known when it is compiled. */
@inline
function product(STRIDE: i32, CHECKED: bool, sum: v128, x: v128, columns: i32, d0: v128, d1: v128, d2: v128): v128 {
  if (columns == 0) return CHECKED ? multiplyAdd(x, d0, sum) : f32x4.mul(x, d0);
  if (columns == STRIDE) return multiplyAdd(x, d1, sum);
  return columns == 2 * STRIDE ? multiplyAdd(x, d2, sum) : sum;
}
