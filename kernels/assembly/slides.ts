import { columnsInside, filterTile, TILE } from './columns';
import { filterGradientTile } from './filter-gradients';
import { Edge, Five, Inside, One, Three, Two } from './literals';
import { SPREAD, spreadTile } from './spreads';
import { batch, channels, dilationHigh, dilationWide, height, high, left, strideHigh, strideWide, tapsHigh, tapsWide, top, wide, width } from './windows';

/** Tiles that one running sum of a filter's gradient takes up before it is added to the whole. */
const TILES: i32 = 128;

/** Whether the windows are ones for which there are tiles. */
export function hasTiles(): bool {
  return (tapsWide == 3 || tapsWide == 5) && (strideWide == 1 || strideWide == 2) && dilationHigh * dilationWide == 1;
}

/** Whether there are tiles for the gradient by the input, too. */
export function hasTilesBack(): bool {
  return hasTiles() && strideHigh == strideWide;
}

/** Bytes of the channels of one pixel that tiles compute; the others are fewer than eight. */
export function tiledBytes(): usize {
  return <usize>(channels & ~7) << 2;
}

/** The depthwise filter, by tiles. */
export function slide(x: usize, filter: usize, bias: usize, y: usize, low: f32, up: f32): void {
  const pixel = <isize>channels << 2;
  for (let n = 0; n < batch; n++) {
    slideImage(x, height, width, top, left, filter, bias, y, high, wide, strideHigh, pixel, low, up);
    x += <usize>(height * width) * pixel;
    y += <usize>(high * wide) * pixel;
  }
}

/** Its gradient by the input at stride 1: the same filter over the mirrored gradient gives the mirrored gradient. */
export function slideBack(dy: usize, filter: usize, zeros: usize, dx: usize): void {
  const pixel = <isize>channels << 2;
  for (let n = 0; n < batch; n++) {
    dy += <usize>(high * wide) * pixel;
    dx += <usize>(height * width) * pixel;
    slideImage(dy - pixel, high, wide, height + top - high, width + left - wide, filter, zeros, dx - pixel, height, width, 1, -pixel, -Infinity, Infinity);
  }
}

/**
 * @param x the first pixel of an image of `rows` x `columns`
 * @param padTop, padLeft rows and columns of padding before it
 * @param y the first pixel of `outRows` x `outColumns`
 * @param step bytes from a pixel to the next, in both; negative where they are mirrored
 */
function slideImage(x: usize, rows: i32, columns: i32, padTop: i32, padLeft: i32, filter: usize, start: usize, y: usize, outRows: i32, outColumns: i32, strideRows: i32, step: isize, low: f32, up: f32): void {
  const pixel = <usize>channels << 2;
  const bytes = tiledBytes();
  const stride = strideWide;
  const taps = tapsWide;
  const span = (TILE - 1) * stride + taps;
  const all = (1 << span) - 1;
  const rowStep = <usize>columns * step;
  for (let oy = 0; oy < outRows; oy++) {
    const iy = oy * strideRows - padTop;
    const first = max(0, -iy);
    const count = max(0, min(tapsHigh, rows - iy) - first);
    const image = x + <usize>(iy + first) * rowStep;
    const weights = filter + <usize>(first * taps) * pixel;
    for (let from = 0; from < outColumns; from += TILE) {
      // The last tile overlaps the one before where there is one.
      const ox = min(from, max(0, outColumns - TILE));
      const ix = ox * stride - padLeft;
      const mask = columnsInside(ix, span, columns);
      const end = min(TILE, outColumns - ox);
      const a = image + <usize>ix * step;
      const b = y + <usize>ox * step;
      const whole = mask == all && end == TILE;
      if (taps == 3) {
        if (stride == 1) {
          if (whole) filterTile<Three, One, Inside>(a, step, rowStep, weights, count, pixel, start, b, end, mask, bytes, low, up);
          else filterTile<Three, One, Edge>(a, step, rowStep, weights, count, pixel, start, b, end, mask, bytes, low, up);
        } else {
          if (whole) filterTile<Three, Two, Inside>(a, step, rowStep, weights, count, pixel, start, b, end, mask, bytes, low, up);
          else filterTile<Three, Two, Edge>(a, step, rowStep, weights, count, pixel, start, b, end, mask, bytes, low, up);
        }
      } else {
        if (stride == 1) {
          if (whole) filterTile<Five, One, Inside>(a, step, rowStep, weights, count, pixel, start, b, end, mask, bytes, low, up);
          else filterTile<Five, One, Edge>(a, step, rowStep, weights, count, pixel, start, b, end, mask, bytes, low, up);
        } else {
          if (whole) filterTile<Five, Two, Inside>(a, step, rowStep, weights, count, pixel, start, b, end, mask, bytes, low, up);
          else filterTile<Five, Two, Edge>(a, step, rowStep, weights, count, pixel, start, b, end, mask, bytes, low, up);
        }
      }
    }
    y += <usize>outColumns * step;
  }
}

/** Gradient by the input at stride 2. */
export function spread(dy: usize, filter: usize, dx: usize): void {
  const pixel = <usize>channels << 2;
  const bytes = tiledBytes();
  const taps = tapsWide;
  const reach = (taps - 1) >> 1;
  const span = reach + 2;
  const all = (1 << span) - 1;
  const rowStep = <usize>0 - <usize>wide * pixel;
  const filterStep = <usize>(2 * taps) * pixel;
  for (let n = 0; n < batch; n++) {
    for (let iy = 0; iy < height; iy++) {
      // Taps that meet this row: each second one, whose windows lie ever higher.
      const low = iy + top - 2 * (high - 1);
      const first = max((iy + top) & 1, low);
      const end = min(tapsHigh, iy + top + 1);
      const rows = max(0, (end - first + 1) >> 1);
      const errors = dy + <usize>((n * high + ((iy + top - first) >> 1)) * wide) * pixel;
      const weights = filter + <usize>(first * taps) * pixel;
      for (let ix = -(left & 1); ix < width; ix += SPREAD) {
        const ox = ((ix + left) >> 1) - reach;
        const mask = columnsInside(ox, span, wide);
        const from = ix < 0 ? 1 : 0;
        const to = min(SPREAD, width - ix);
        const a = errors + <usize>ox * pixel;
        const b = dx + <usize>ix * pixel;
        const whole = mask == all && from == 0 && to == SPREAD;
        if (taps == 3) {
          if (whole) spreadTile<Three, Inside>(a, rowStep, weights, filterStep, rows, pixel, b, from, to, mask, bytes);
          else spreadTile<Three, Edge>(a, rowStep, weights, filterStep, rows, pixel, b, from, to, mask, bytes);
        } else {
          if (whole) spreadTile<Five, Inside>(a, rowStep, weights, filterStep, rows, pixel, b, from, to, mask, bytes);
          else spreadTile<Five, Edge>(a, rowStep, weights, filterStep, rows, pixel, b, from, to, mask, bytes);
        }
      }
      dx += <usize>width * pixel;
    }
  }
}

/**
 * Adds to `gradient` that by the filter, of the windows in whole tiles.
 *
 * @param sums room for [taps, channels]
 */
export function slideFilterGradient(x: usize, dy: usize, gradient: usize, sums: usize): void {
  const pixel = <usize>channels << 2;
  const bytes = tiledBytes();
  const stride = strideWide;
  const taps = tapsWide;
  const span = (TILE - 1) * stride + taps;
  const all = (1 << span) - 1;
  const size = <usize>(tapsHigh * taps) * pixel;
  const rowStep = <usize>width * pixel;
  let tiles = 0;
  memory.fill(sums, 0, size);
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < high; oy++) {
      const iy = oy * strideHigh - top;
      const first = max(0, -iy);
      const rows = max(0, min(tapsHigh, height - iy) - first);
      const image = x + <usize>((n * height + iy + first) * width) * pixel;
      const target = sums + <usize>(first * taps) * pixel;
      for (let ox = 0; ox + TILE <= wide; ox += TILE) {
        const ix = ox * stride - left;
        const mask = columnsInside(ix, span, width);
        const a = image + <usize>ix * pixel;
        const b = dy + <usize>ox * pixel;
        if (taps == 3) {
          if (stride == 1) {
            if (mask == all) filterGradientTile<Three, One, Inside>(a, rowStep, b, target, rows, pixel, mask, bytes);
            else filterGradientTile<Three, One, Edge>(a, rowStep, b, target, rows, pixel, mask, bytes);
          } else {
            if (mask == all) filterGradientTile<Three, Two, Inside>(a, rowStep, b, target, rows, pixel, mask, bytes);
            else filterGradientTile<Three, Two, Edge>(a, rowStep, b, target, rows, pixel, mask, bytes);
          }
        } else {
          if (stride == 1) {
            if (mask == all) filterGradientTile<Five, One, Inside>(a, rowStep, b, target, rows, pixel, mask, bytes);
            else filterGradientTile<Five, One, Edge>(a, rowStep, b, target, rows, pixel, mask, bytes);
          } else {
            if (mask == all) filterGradientTile<Five, Two, Inside>(a, rowStep, b, target, rows, pixel, mask, bytes);
            else filterGradientTile<Five, Two, Edge>(a, rowStep, b, target, rows, pixel, mask, bytes);
          }
        }
        tiles++;
      }
      dy += <usize>wide * pixel;
      if (tiles >= TILES) {
        flush(sums, size, gradient);
        tiles = 0;
      }
    }
  }
  flush(sums, size, gradient);
}

/** Moves running sums to the whole. */
function flush(sums: usize, bytes: usize, gradient: usize): void {
  const zero = f32x4.splat(0);
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    v128.store(gradient + at, f32x4.add(v128.load(gradient + at), v128.load(sums + at)));
    v128.store(sums + at, zero);
  }
  for (; at < bytes; at += 4) {
    store<f32>(gradient + at, load<f32>(gradient + at) + load<f32>(sums + at));
    store<f32>(sums + at, 0);
  }
}
