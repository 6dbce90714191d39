import { isNarrow, locateRows, valuesOfRow } from './narrow';
import { packPanel, packPanels } from './panels';
import { accumulate, multiplyChunk, POSITIONS } from './products';
import { TILE_COLUMNS, TILE_ROWS } from './tiles';
import { batch, channels, dilationHigh, dilationWide, height, high, left, strideHigh, strideWide, tapsHigh, tapsWide, top, wide, width, windowAt } from './windows';

/** Positions whose addresses are written down at once. */
export const CHUNK: i32 = 64;

/**
 * y = clamp(x * filter + bias): convolution of x [batch, height, width, channels].
 *
 * @param panels filter [taps * channels, outputs], as `packPanels` lays it out
 * @param bias one value for each output, and zeros up to a multiple of 8
 * @param zeros as many as a row of a window has values: what lies in the padding
 * @param table room for 64 * (taps + 1) addresses
 * @param spare room for outputs + 8 values that are thrown away
 * @param rows room for 64 * taps * channels values where there are fewer than 8 channels
 */
export function convolve(x: usize, panels: usize, outputs: i32, bias: usize, y: usize, zeros: usize, table: usize, spare: usize, rows: usize, low: f32, up: f32): void {
  if (isNarrow()) convolveNarrow(x, panels, outputs, bias, y, zeros, table, spare, rows, low, up);
  else convolveWide(x, panels, outputs, bias, y, zeros, table, spare, low, up);
}

function convolveNarrow(x: usize, panels: usize, outputs: i32, bias: usize, y: usize, zeros: usize, table: usize, spare: usize, rows: usize, low: f32, up: f32): void {
  const positions = batch * high * wide;
  const targets = table + (<usize>(CHUNK * tapsHigh) << 2);
  const targetBytes = <usize>outputs << 2;
  for (let from = 0; from < positions; from += CHUNK) {
    const count = min(CHUNK, positions - from);
    locateRows(x, from, count, zeros, rows, table, <usize>tapsHigh << 4, 16);
    for (let i = 0; i < count; i++) store<u32>(targets + (<usize>i << 2), <u32>(y + <usize>(from + i) * targetBytes));
    multiplyChunk(table, targets, complete(table, targets, count, tapsHigh, zeros, spare), tapsHigh, valuesOfRow(), panels, outputs, bias, low, up);
  }
}

function convolveWide(x: usize, panels: usize, outputs: i32, bias: usize, y: usize, zeros: usize, table: usize, spare: usize, low: f32, up: f32): void {
  const taps = tapsHigh * tapsWide;
  const targets = table + (<usize>(CHUNK * taps) << 2);
  const pixel = <usize>channels << 2;
  const targetBytes = <usize>outputs << 2;
  let rows = 0;
  let target = y;
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < high; oy++) {
      for (let ox = 0; ox < wide; ox++) {
        let entry = table + (<usize>((rows >> 2) * taps) << 4) + (<usize>(rows & 3) << 2);
        for (let ky = 0; ky < tapsHigh; ky++) {
          const iy = oy * strideHigh - top + ky * dilationHigh;
          const line = <u32>iy < <u32>height;
          const image = x + <usize>((n * height + iy) * width) * pixel;
          for (let kx = 0; kx < tapsWide; kx++) {
            const ix = ox * strideWide - left + kx * dilationWide;
            store<u32>(entry, <u32>(line && <u32>ix < <u32>width ? image + <usize>ix * pixel : zeros));
            entry += 16;
          }
        }
        store<u32>(targets + (<usize>rows << 2), <u32>target);
        target += targetBytes;
        if (++rows == CHUNK) {
          multiplyChunk(table, targets, rows, taps, channels, panels, outputs, bias, low, up);
          rows = 0;
        }
      }
    }
  }
  if (rows > 0) multiplyChunk(table, targets, complete(table, targets, rows, taps, zeros, spare), taps, channels, panels, outputs, bias, low, up);
}

/** Fills the last group of four rows with ones that are thrown away. Returns the number of rows then. */
function complete(table: usize, targets: usize, rows: i32, taps: i32, zeros: usize, spare: usize): i32 {
  while (rows & 3) {
    const group = table + (<usize>((rows >> 2) * taps) << 4) + (<usize>(rows & 3) << 2);
    for (let tap = 0; tap < taps; tap++) store<u32>(group + (<usize>tap << 4), <u32>zeros);
    store<u32>(targets + (<usize>rows << 2), <u32>spare);
    rows++;
  }
  return rows;
}

/**
 * Gradient of {@link convolve} by its input. Input positions whose coordinates have the same remainder by the stride
 * meet the same taps: each such class is a convolution of its own over the gradient of the output.
 *
 * @param dy [batch, high, wide, outputs]
 * @param filter [taps, channels, outputs]
 * @param panels room for taps * outputs * (channels rounded up to a multiple of 8) values
 * @param zeros max(outputs, channels + 8) of them
 * @param table room for 64 * (taps + 1) addresses and 2 * taps numbers
 * @param spare room for channels + 8 values that are thrown away
 */
export function convolveBackInput(dy: usize, filter: usize, outputs: i32, dx: usize, panels: usize, zeros: usize, table: usize, spare: usize): void {
  const list = table + (<usize>(CHUNK * (tapsHigh * tapsWide + 1)) << 2);
  for (let y = 0; y < min(strideHigh, height); y++) {
    for (let x = 0; x < min(strideWide, width); x++) {
      const taps = tapsMeeting(y, x, list);
      packTransposed(filter, outputs, list, taps, panels);
      backClass(dy, outputs, dx, y, x, panels, list, taps, zeros, table, spare);
    }
  }
}

/** Writes down the taps that meet positions (y, x) modulo the stride, as pairs of row and column. Returns how many. */
function tapsMeeting(y: i32, x: i32, list: usize): i32 {
  let taps = 0;
  for (let ky = 0; ky < tapsHigh; ky++) {
    if ((y + top - ky * dilationHigh) % strideHigh != 0) continue;
    for (let kx = 0; kx < tapsWide; kx++) {
      if ((x + left - kx * dilationWide) % strideWide != 0) continue;
      store<i32>(list + (<usize>taps << 3), ky);
      store<i32>(list + (<usize>taps << 3), kx, 4);
      taps++;
    }
  }
  return taps;
}

/** Panels [taps, outputs, 8 channels] of the listed taps. */
function packTransposed(filter: usize, outputs: i32, list: usize, taps: i32, panels: usize): void {
  const row = <usize>outputs << 2;
  for (let c = 0; c < channels; c += TILE_COLUMNS) {
    for (let t = 0; t < taps; t++) {
      const tap = load<i32>(list + (<usize>t << 3)) * tapsWide + load<i32>(list + (<usize>t << 3), 4);
      panels = packPanel(filter + <usize>(tap * channels) * row, outputs, channels, 4, row, c, panels);
    }
  }
}

function backClass(dy: usize, outputs: i32, dx: usize, y: i32, x: i32, panels: usize, list: usize, taps: i32, zeros: usize, table: usize, spare: usize): void {
  const targets = table + (<usize>(CHUNK * tapsHigh * tapsWide) << 2);
  const error = <usize>outputs << 2;
  const pixel = <usize>channels << 2;
  let rows = 0;
  for (let n = 0; n < batch; n++) {
    for (let iy = y; iy < height; iy += strideHigh) {
      for (let ix = x; ix < width; ix += strideWide) {
        let entry = table + (<usize>((rows >> 2) * taps) << 4) + (<usize>(rows & 3) << 2);
        for (let t = 0; t < taps; t++) {
          const oy = windowAt(iy, load<i32>(list + (<usize>t << 3)), strideHigh, dilationHigh, top, high);
          const ox = windowAt(ix, load<i32>(list + (<usize>t << 3), 4), strideWide, dilationWide, left, wide);
          store<u32>(entry, <u32>(oy < 0 || ox < 0 ? zeros : dy + <usize>((n * high + oy) * wide + ox) * error));
          entry += 16;
        }
        store<u32>(targets + (<usize>rows << 2), <u32>(dx + <usize>((n * height + iy) * width + ix) * pixel));
        if (++rows == CHUNK) {
          multiplyChunk(table, targets, rows, taps, outputs, panels, channels, zeros, -Infinity, Infinity);
          rows = 0;
        }
      }
    }
  }
  if (rows > 0) multiplyChunk(table, targets, complete(table, targets, rows, taps, zeros, spare), taps, outputs, panels, channels, zeros, -Infinity, Infinity);
}

/**
 * Gradient of {@link convolve} by its filter [taps, channels, outputs].
 *
 * @param panels room for 256 * (outputs rounded up to a multiple of 8) values
 * @param zeros 4 more of them than a row of a window has values
 * @param table room for 256 addresses, as many for each row of a window where there are fewer than 8 channels
 * @param rows room for 256 * taps * channels + 4 values where there are fewer than 8 channels
 */
export function convolveBackFilter(x: usize, dy: usize, outputs: i32, gradient: usize, panels: usize, zeros: usize, table: usize, rows: usize): void {
  const taps = tapsHigh * tapsWide;
  const filter = <usize>(channels * outputs) << 2;
  const error = <usize>outputs << 2;
  const positions = batch * high * wide;
  memory.fill(gradient, 0, <usize>taps * filter);
  for (let from = 0; from < positions; from += POSITIONS) {
    const count = min(POSITIONS, positions - from);
    packPanels(dy + <usize>from * error, count, outputs, error, 4, panels);
    let target = gradient;
    if (isNarrow()) {
      locateRows(x, from, count, zeros, rows, table, 16, <usize>POSITIONS << 2);
      for (let ky = 0; ky < tapsHigh; ky++) {
        accumulate(table + (<usize>(ky * POSITIONS) << 2), count, valuesOfRow(), panels, outputs, target);
        target += <usize>valuesOfRow() * error;
      }
      continue;
    }
    for (let ky = 0; ky < tapsHigh; ky++) {
      for (let kx = 0; kx < tapsWide; kx++) {
        locate(x, from, count, ky, kx, zeros, table);
        accumulate(table, count, channels, panels, outputs, target);
        target += filter;
      }
    }
  }
}

/** Where the image starts under one tap of the windows `from` to `from + count`. */
function locate(x: usize, from: i32, count: i32, ky: i32, kx: i32, zeros: usize, table: usize): void {
  const pixel = <usize>channels << 2;
  let ox = from % wide;
  let oy = (from / wide) % high;
  let n = from / (wide * high);
  for (let p = 0; p < count; p++) {
    const iy = oy * strideHigh - top + ky * dilationHigh;
    const ix = ox * strideWide - left + kx * dilationWide;
    const inside = <u32>iy < <u32>height && <u32>ix < <u32>width;
    store<u32>(table + (<usize>p << 2), <u32>(inside ? x + <usize>((n * height + iy) * width + ix) * pixel : zeros));
    if (++ox == wide) {
      ox = 0;
      if (++oy == high) {
        oy = 0;
        n++;
      }
    }
  }
}
