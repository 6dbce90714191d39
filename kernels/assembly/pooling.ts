import { batch, channels, dilationHigh, dilationWide, height, high, left, strideHigh, strideWide, tapsHigh, tapsWide, top, wide, width } from './windows';

/**
 * Gradient of max pooling: adds each window's error to its first maximum, in row-major order; NaN is larger than all.
 * Four channels at a time, then what is left one by one.
 */
export function maxPoolBack(x: usize, dy: usize, dx: usize): void {
  if (isQuartering()) {
    maxQuarterBack(x, dy, dx);
    return;
  }
  const pixel = <usize>channels << 2;
  const vectors = <usize>(channels & ~3) << 2;
  memory.fill(dx, 0, <usize>(batch * height * width) * pixel);
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < high; oy++) {
      for (let ox = 0; ox < wide; ox++) {
        const corner = ((n * height + oy * strideHigh - top) * width + ox * strideWide - left) * channels;
        for (let c: usize = 0; c < vectors; c += 16) spreadFour(x + c, v128.load(dy + c), dx + c, oy, ox, corner);
        for (let c = vectors; c < pixel; c += 4) spreadOne(x + c, load<f32>(dy + c), dx + c, oy, ox, corner);
        dy += pixel;
      }
    }
  }
}

/** Whether every element is in one window of four: 2 x 2, side by side, and nothing left over. */
@inline
function isQuartering(): bool {
  return (tapsHigh | tapsWide | strideHigh | strideWide) == 2 && tapsHigh * tapsWide * strideHigh * strideWide == 16 && (dilationHigh & dilationWide) == 1 && (top | left) == 0 && height == 2 * high && width == 2 * wide && (channels & 3) == 0;
}

function maxQuarterBack(x: usize, dy: usize, dx: usize): void {
  const pixel = <usize>channels << 2;
  const row = <usize>width * pixel;
  for (let line = 0; line < batch * high; line++) {
    for (let ox = 0; ox < wide; ox++) {
      for (let at: usize = 0; at < pixel; at += 16) {
        const a = v128.load(x + at);
        const b = v128.load(x + pixel + at);
        const c = v128.load(x + row + at);
        const d = v128.load(x + row + pixel + at);
        const error = v128.load(dy + at);
        const isB = isBetter(b, a);
        const upper = v128.bitselect(b, a, isB);
        const isC = isBetter(c, upper);
        const isD = isBetter(d, v128.bitselect(c, upper, isC));
        const isLower = v128.or(isC, isD);
        v128.store(dx + at, v128.andnot(error, v128.or(isB, isLower)));
        v128.store(dx + pixel + at, v128.and(error, v128.andnot(isB, isLower)));
        v128.store(dx + row + at, v128.and(error, v128.andnot(isC, isD)));
        v128.store(dx + row + pixel + at, v128.and(error, isD));
      }
      x += 2 * pixel;
      dx += 2 * pixel;
      dy += pixel;
    }
    x += row;
    dx += row;
  }
}

/** Larger, or the first NaN. */
@inline
function isBetter(value: v128, best: v128): v128 {
  return v128.or(f32x4.gt(value, best), v128.andnot(f32x4.ne(value, value), f32x4.ne(best, best)));
}

/** @param corner place of the window's first element in the image, which may lie before it */
function spreadFour(x: usize, dy: v128, dx: usize, oy: i32, ox: i32, corner: i32): void {
  let best = f32x4.splat(-Infinity);
  let winner = i32x4.splat(-1);
  let tap = 0;
  for (let ky = 0; ky < tapsHigh; ky++) {
    const iy = oy * strideHigh - top + ky * dilationHigh;
    for (let kx = 0; kx < tapsWide; kx++, tap++) {
      const ix = ox * strideWide - left + kx * dilationWide;
      if (<u32>iy >= <u32>height || <u32>ix >= <u32>width) continue;
      const value = v128.load(x + offsetOf(corner, ky, kx));
      const larger = v128.or(isBetter(value, best), i32x4.eq(winner, i32x4.splat(-1)));
      best = v128.bitselect(value, best, larger);
      winner = v128.bitselect(i32x4.splat(tap), winner, larger);
    }
  }
  tap = 0;
  for (let ky = 0; ky < tapsHigh; ky++) {
    const iy = oy * strideHigh - top + ky * dilationHigh;
    for (let kx = 0; kx < tapsWide; kx++, tap++) {
      const ix = ox * strideWide - left + kx * dilationWide;
      if (<u32>iy >= <u32>height || <u32>ix >= <u32>width) continue;
      const at = dx + offsetOf(corner, ky, kx);
      v128.store(at, f32x4.add(v128.load(at), v128.and(dy, i32x4.eq(winner, i32x4.splat(tap)))));
    }
  }
}

function spreadOne(x: usize, dy: f32, dx: usize, oy: i32, ox: i32, corner: i32): void {
  let best: f32 = -Infinity;
  let winner: usize = 0;
  for (let ky = 0; ky < tapsHigh; ky++) {
    const iy = oy * strideHigh - top + ky * dilationHigh;
    if (<u32>iy >= <u32>height) continue;
    for (let kx = 0; kx < tapsWide; kx++) {
      const ix = ox * strideWide - left + kx * dilationWide;
      if (<u32>ix >= <u32>width) continue;
      const value = load<f32>(x + offsetOf(corner, ky, kx));
      if (winner == 0 || value > best || (value != value && best == best)) {
        best = value;
        winner = dx + offsetOf(corner, ky, kx);
      }
    }
  }
  if (winner != 0) store<f32>(winner, load<f32>(winner) + dy);
}

@inline
function offsetOf(corner: i32, ky: i32, kx: i32): usize {
  return <usize>(corner + (ky * dilationHigh * width + kx * dilationWide) * channels) << 2;
}

/** Gradient of average pooling: spreads each window's error evenly over its elements inside the image. */
export function averagePoolBack(dy: usize, dx: usize): void {
  const pixel = <usize>channels << 2;
  memory.fill(dx, 0, <usize>(batch * height * width) * pixel);
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < high; oy++) {
      const y0 = max(0, oy * strideHigh - top);
      const y1 = min(height, oy * strideHigh - top + tapsHigh);
      for (let ox = 0; ox < wide; ox++) {
        const x0 = max(0, ox * strideWide - left);
        const x1 = min(width, ox * strideWide - left + tapsWide);
        const share: f32 = 1 / <f32>((y1 - y0) * (x1 - x0));
        for (let y = y0; y < y1; y++) {
          for (let x = x0; x < x1; x++) addScaled(dy, share, dx + <usize>((n * height + y) * width + x) * pixel);
        }
        dy += pixel;
      }
    }
  }
}

function addScaled(dy: usize, share: f32, dx: usize): void {
  const factor = f32x4.splat(share);
  const wideBytes = <usize>(channels & ~3) << 2;
  const bytes = <usize>channels << 2;
  let at: usize = 0;
  for (; at < wideBytes; at += 16) v128.store(dx + at, f32x4.add(v128.load(dx + at), f32x4.mul(v128.load(dy + at), factor)));
  for (; at < bytes; at += 4) store<f32>(dx + at, load<f32>(dx + at) + load<f32>(dy + at) * share);
}
