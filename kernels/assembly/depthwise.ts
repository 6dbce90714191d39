import { TILE } from './columns';
import { hasTiles, hasTilesBack, slide, slideBack, slideFilterGradient, spread, tiledBytes } from './slides';
import { multiplyAdd } from './vectors';
import { batch, channels, dilationHigh, dilationWide, height, high, left, strideHigh, strideWide, tapsHigh, tapsWide, top, wide, width, windowAt } from './windows';

/**
 * y = clamp(x * filter + bias): each channel by its own filter.
 *
 * @param filter [taps, channels]
 * @param bias [channels]
 * @param table room for 2 * taps addresses
 */
export function depthwise(x: usize, filter: usize, bias: usize, y: usize, table: usize, low: f32, up: f32): void {
  let from: usize = 0;
  if (hasTiles()) {
    slide(x, filter, bias, y, low, up);
    from = tiledBytes();
  }
  if (from < <usize>channels << 2) sumWindows(x, filter, bias, y, table, from, low, up);
}

/** All windows one after the other, for the channels that start `from` bytes into a pixel. */
function sumWindows(x: usize, filter: usize, bias: usize, y: usize, table: usize, from: usize, low: f32, up: f32): void {
  const pixel = <usize>channels << 2;
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < high; oy++) {
      for (let ox = 0; ox < wide; ox++) {
        let taps = table;
        for (let ky = 0; ky < tapsHigh; ky++) {
          const iy = oy * strideHigh - top + ky * dilationHigh;
          if (<u32>iy >= <u32>height) continue;
          for (let kx = 0; kx < tapsWide; kx++) {
            const ix = ox * strideWide - left + kx * dilationWide;
            if (<u32>ix >= <u32>width) continue;
            store<u32>(taps, <u32>(x + <usize>((n * height + iy) * width + ix) * pixel));
            store<u32>(taps, <u32>(filter + <usize>(ky * tapsWide + kx) * pixel), 4);
            taps += 8;
          }
        }
        sumTaps(table, taps, bias, y, from, low, up);
        y += pixel;
      }
    }
  }
}

/**
 * Gradient of {@link depthwise} by its input.
 *
 * @param zeros as many as there are channels
 * @param table room for 2 * taps addresses
 */
export function depthwiseBackInput(dy: usize, filter: usize, dx: usize, zeros: usize, table: usize): void {
  let from: usize = 0;
  if (hasTilesBack()) {
    if (strideWide == 1) slideBack(dy, filter, zeros, dx);
    else spread(dy, filter, dx);
    from = tiledBytes();
  }
  if (from < <usize>channels << 2) sumErrors(dy, filter, dx, zeros, table, from);
}

function sumErrors(dy: usize, filter: usize, dx: usize, zeros: usize, table: usize, from: usize): void {
  const pixel = <usize>channels << 2;
  for (let n = 0; n < batch; n++) {
    for (let iy = 0; iy < height; iy++) {
      for (let ix = 0; ix < width; ix++) {
        let taps = table;
        for (let ky = 0; ky < tapsHigh; ky++) {
          const oy = windowAt(iy, ky, strideHigh, dilationHigh, top, high);
          if (oy < 0) continue;
          for (let kx = 0; kx < tapsWide; kx++) {
            const ox = windowAt(ix, kx, strideWide, dilationWide, left, wide);
            if (ox < 0) continue;
            store<u32>(taps, <u32>(dy + <usize>((n * high + oy) * wide + ox) * pixel));
            store<u32>(taps, <u32>(filter + <usize>(ky * tapsWide + kx) * pixel), 4);
            taps += 8;
          }
        }
        sumTaps(table, taps, zeros, dx, from, -Infinity, Infinity);
        dx += pixel;
      }
    }
  }
}

/** y[c] = start[c] + the sum over the listed pairs of addresses of a[c] b[c], clamped; c from `at` bytes on. */
function sumTaps(list: usize, end: usize, start: usize, y: usize, at: usize, low: f32, up: f32): void {
  const l = f32x4.splat(low);
  const h = f32x4.splat(up);
  const bytes = <usize>channels << 2;
  for (; at + 64 <= bytes; at += 64) {
    let s0 = v128.load(start + at);
    let s1 = v128.load(start + at, 16);
    let s2 = v128.load(start + at, 32);
    let s3 = v128.load(start + at, 48);
    for (let tap = list; tap < end; tap += 8) {
      const a = <usize>load<u32>(tap) + at;
      const b = <usize>load<u32>(tap, 4) + at;
      s0 = multiplyAdd(v128.load(a), v128.load(b), s0);
      s1 = multiplyAdd(v128.load(a, 16), v128.load(b, 16), s1);
      s2 = multiplyAdd(v128.load(a, 32), v128.load(b, 32), s2);
      s3 = multiplyAdd(v128.load(a, 48), v128.load(b, 48), s3);
    }
    v128.store(y + at, f32x4.pmin(f32x4.pmax(s0, l), h));
    v128.store(y + at, f32x4.pmin(f32x4.pmax(s1, l), h), 16);
    v128.store(y + at, f32x4.pmin(f32x4.pmax(s2, l), h), 32);
    v128.store(y + at, f32x4.pmin(f32x4.pmax(s3, l), h), 48);
  }
  for (; at + 16 <= bytes; at += 16) {
    let sum = v128.load(start + at);
    for (let tap = list; tap < end; tap += 8) sum = multiplyAdd(v128.load(<usize>load<u32>(tap) + at), v128.load(<usize>load<u32>(tap, 4) + at), sum);
    v128.store(y + at, f32x4.pmin(f32x4.pmax(sum, l), h));
  }
  for (; at < bytes; at += 4) {
    let sum = v128.load32_zero(start + at);
    for (let tap = list; tap < end; tap += 8) sum = multiplyAdd(v128.load32_zero(<usize>load<u32>(tap) + at), v128.load32_zero(<usize>load<u32>(tap, 4) + at), sum);
    v128.store32_lane(y + at, f32x4.pmin(f32x4.pmax(sum, l), h), 0);
  }
}

/**
 * Gradient of {@link depthwise} by its filter [taps, channels].
 *
 * @param sums room for as many values
 */
export function depthwiseBackFilter(x: usize, dy: usize, gradient: usize, sums: usize): void {
  const pixel = <usize>channels << 2;
  memory.fill(gradient, 0, <usize>(tapsHigh * tapsWide) * pixel);
  if (!hasTiles()) {
    addWindows(x, dy, gradient, 0, 0, pixel);
    return;
  }
  slideFilterGradient(x, dy, gradient, sums);
  const tiled = wide - (wide % TILE);
  if (tiled < wide) addWindows(x, dy, gradient, tiled, 0, tiledBytes());
  if (tiledBytes() < pixel) addWindows(x, dy, gradient, 0, tiledBytes(), pixel);
}

/** Sums over the windows of one row, then over rows: of the windows from the given one on, and of some bytes of each pixel. */
function addWindows(x: usize, dy: usize, gradient: usize, firstWindow: i32, fromByte: usize, toByte: usize): void {
  const pixel = <usize>channels << 2;
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < high; oy++) {
      const errors = dy + <usize>((n * high + oy) * wide) * pixel;
      for (let ky = 0; ky < tapsHigh; ky++) {
        const iy = oy * strideHigh - top + ky * dilationHigh;
        if (<u32>iy >= <u32>height) continue;
        const image = x + <usize>((n * height + iy) * width) * pixel;
        for (let kx = 0; kx < tapsWide; kx++) {
          const offset = kx * dilationWide - left;
          const from = max(firstWindow, offset < 0 ? (strideWide - 1 - offset) / strideWide : 0);
          const to = min(wide, width - 1 - offset < 0 ? 0 : (width - 1 - offset) / strideWide + 1);
          if (from >= to) continue;
          addRow(image + <usize>(from * strideWide + offset) * pixel, <usize>strideWide * pixel, errors + <usize>from * pixel, to - from, gradient + <usize>(ky * tapsWide + kx) * pixel, fromByte, toByte);
        }
      }
    }
  }
}

/** gradient[c] += the sum over `count` windows of x[c] dy[c], for the bytes from `at` to `end`. */
function addRow(x: usize, step: usize, dy: usize, count: i32, gradient: usize, at: usize, end: usize): void {
  const pixel = <usize>channels << 2;
  for (; at + 64 <= end; at += 64) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let a = x + at;
    let b = dy + at;
    for (let i = 0; i < count; i++) {
      s0 = multiplyAdd(v128.load(a), v128.load(b), s0);
      s1 = multiplyAdd(v128.load(a, 16), v128.load(b, 16), s1);
      s2 = multiplyAdd(v128.load(a, 32), v128.load(b, 32), s2);
      s3 = multiplyAdd(v128.load(a, 48), v128.load(b, 48), s3);
      a += step;
      b += pixel;
    }
    const target = gradient + at;
    v128.store(target, f32x4.add(v128.load(target), s0));
    v128.store(target, f32x4.add(v128.load(target, 16), s1), 16);
    v128.store(target, f32x4.add(v128.load(target, 32), s2), 32);
    v128.store(target, f32x4.add(v128.load(target, 48), s3), 48);
  }
  for (; at + 16 <= end; at += 16) {
    let sum = f32x4.splat(0);
    let a = x + at;
    let b = dy + at;
    for (let i = 0; i < count; i++) {
      sum = multiplyAdd(v128.load(a), v128.load(b), sum);
      a += step;
      b += pixel;
    }
    v128.store(gradient + at, f32x4.add(v128.load(gradient + at), sum));
  }
  for (; at < end; at += 4) {
    let sum: f32 = 0;
    let a = x + at;
    let b = dy + at;
    for (let i = 0; i < count; i++) {
      sum += load<f32>(a) * load<f32>(b);
      a += step;
      b += pixel;
    }
    store<f32>(gradient + at, load<f32>(gradient + at) + sum);
  }
}
