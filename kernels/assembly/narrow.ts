import { channels, dilationWide, dilationHigh, height, high, left, strideHigh, strideWide, tapsHigh, tapsWide, top, wide, width } from './windows';

/** Fewer channels than this are too few for a tile of a product. */
const NARROW: i32 = 8;

/** Whether windows are laid out, since their rows of a few channels are too short to multiply one by one. */
export function isNarrow(): bool {
  return channels < NARROW && dilationWide == 1;
}

/** Lays out `count` windows from number `from` on, zeros where they leave the image: [count, taps, channels]. */
export function layOut(x: usize, from: i32, count: i32, rows: usize): void {
  const pixel = <usize>channels << 2;
  const row = <usize>tapsWide * pixel;
  let ox = from % wide;
  let oy = (from / wide) % high;
  let n = from / (wide * high);
  for (let p = 0; p < count; p++) {
    const ix = ox * strideWide - left;
    const first = <usize>min(tapsWide, max(0, -ix)) * pixel;
    const end = <usize>max(0, min(tapsWide, width - ix)) * pixel;
    for (let ky = 0; ky < tapsHigh; ky++) {
      const iy = oy * strideHigh - top + ky * dilationHigh;
      if (<u32>iy < <u32>height && first < end) {
        copyPart(x + <usize>((n * height + iy) * width + ix) * pixel, rows, first, end, row);
      } else {
        fillZeros(rows, 0, row);
      }
      rows += row;
    }
    if (++ox == wide) {
      ox = 0;
      if (++oy == high) {
        oy = 0;
        n++;
      }
    }
  }
}

/** Copies the bytes from `first` to `end`, zeros before and after them up to `row`: a few, for which a call is too slow. */
@inline
function copyPart(from: usize, to: usize, first: usize, end: usize, row: usize): void {
  fillZeros(to, 0, first);
  let at = first;
  for (; at + 16 <= end; at += 16) v128.store(to + at, v128.load(from + at));
  for (; at < end; at += 4) store<f32>(to + at, load<f32>(from + at));
  fillZeros(to, end, row);
}

@inline
function fillZeros(to: usize, first: usize, end: usize): void {
  for (let at = first; at < end; at += 4) store<f32>(to + at, 0);
}
