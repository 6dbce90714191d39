import { channels, dilationHigh, dilationWide, height, high, left, strideHigh, strideWide, tapsHigh, tapsWide, top, wide, width } from './windows';

/** Fewer channels than this are too few for a tile of a product. */
const NARROW: i32 = 8;

/** Whether a row of a window, whose few channels lie one behind the other in the image, is multiplied as one. */
export function isNarrow(): bool {
  return channels < NARROW && dilationWide == 1;
}

/** Values in a row of a window. */
export function valuesOfRow(): i32 {
  return tapsWide * channels;
}

/**
 * Writes down where the rows of `count` windows start, from number `from` on: in the image; at `zeros` where they lie
 * above or below it; where they leave it at a side, in a copy with zeros there. The address of row ky of window p goes to
 * table + (p / 4) * fourBytes + (p % 4) * 4 + ky * rowBytes.
 *
 * @param zeros as many as a row has values
 * @param copies room for count * rows * values of a row
 */
export function locateRows(x: usize, from: i32, count: i32, zeros: usize, copies: usize, table: usize, fourBytes: usize, rowBytes: usize): void {
  const pixel = channels << 2;
  const row = tapsWide * pixel;
  let ox = from % wide;
  let oy = (from / wide) % high;
  let n = from / (wide * high);
  for (let p = 0; p < count; ) {
    const end = min(count, p + wide - ox);
    for (let ky = 0; ky < tapsHigh; ky++) {
      const iy = oy * strideHigh - top + ky * dilationHigh;
      const isImage = <u32>iy < <u32>height;
      const line = x + <usize>((n * height + iy) * width * pixel);
      const entries = table + <usize>ky * rowBytes;
      let ix = ox * strideWide - left;
      for (let i = p; i < end; i++) {
        let at = zeros;
        if (isImage) {
          at = line + <usize>(ix * pixel);
          if (ix < 0 || ix + tapsWide > width) {
            copyPart(at, copies, min(row, max(0, -ix * pixel)), max(0, min(row, (width - ix) * pixel)), row);
            at = copies;
            copies += row;
          }
        }
        store<u32>(entries + <usize>(i >> 2) * fourBytes + (<usize>(i & 3) << 2), <u32>at);
        ix += strideWide;
      }
    }
    p = end;
    ox = 0;
    if (++oy == high) {
      oy = 0;
      n++;
    }
  }
}

/** Copies the bytes from `first` to `end`, zeros before and after them up to `row`: a few, for which a call is too slow. */
@inline
function copyPart(from: usize, to: usize, first: i32, end: i32, row: i32): void {
  let at = 0;
  for (; at < first; at += 4) store<f32>(to + at, 0);
  for (; at < end; at += 4) store<f32>(to + at, load<f32>(from + at));
  for (; at < row; at += 4) store<f32>(to + at, 0);
}
