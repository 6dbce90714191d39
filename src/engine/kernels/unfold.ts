import { tensorOf, view } from '../heap.ts';
import type * as tf from '../tf.ts';
import type { Windows } from './windows.ts';

/**
 * Lays every window out as one row ("im2col"), padding as zeros, so that a convolution becomes a matrix product.
 *
 * @param x [batch, height, width, channels]
 * @returns [batch * windows, taps * channels], the order of a filter [tapsHigh, tapsWide, channels, ...]
 */
export function unfold(x: tf.TensorInfo, windows: Windows): tf.Tensor2D {
  const { batch, rows, columns, channels } = windows;
  const rowLength = rows.taps * columns.taps * channels;
  return tensorOf<tf.Rank.R2>([batch * rows.count * columns.count, rowLength], (unfolded) => {
    const values = view(x);
    unfolded.fill(0);
    eachRun(windows, (image, row, length) => {
      for (let i = 0; i < length; i++) unfolded[row + i] = values[image + i]!;
    });
  });
}

/**
 * The transpose of {@link unfold}: adds every element of the rows to where it came from in the image.
 *
 * @param unfolded [batch * windows, taps * channels]
 * @returns [batch, height, width, channels]
 */
export function fold(unfolded: tf.TensorInfo, windows: Windows): tf.Tensor4D {
  const { batch, rows, columns, channels } = windows;
  return tensorOf<tf.Rank.R4>([batch, rows.size, columns.size, channels], (x) => {
    const values = view(unfolded);
    x.fill(0);
    eachRun(windows, (image, row, length) => {
      for (let i = 0; i < length; i++) x[image + i]! += values[row + i]!;
    });
  });
}

/** Visits every run of elements that lie side by side in the image and in the rows alike: where it starts in both. */
function eachRun(
  { batch, rows, columns, channels }: Windows,
  visit: (image: number, row: number, length: number) => void,
): void {
  const rowLength = rows.taps * columns.taps * channels;
  let row = 0;
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < rows.count; oy++) {
      for (let ox = 0; ox < columns.count; ox++, row += rowLength) {
        const left = columns.first[ox]!;
        const right = columns.end[ox]!;
        const tapsInRun = columns.dilation === 1 ? right - left : 1;
        for (let ky = rows.first[oy]!; ky < rows.end[oy]!; ky++) {
          const line = (n * rows.size + rows.origin[oy]! + ky * rows.dilation) * columns.size + columns.origin[ox]!;
          for (let kx = left; kx < right; kx += tapsInRun) {
            const image = (line + kx * columns.dilation) * channels;
            visit(image, row + (ky * columns.taps + kx) * channels, tapsInRun * channels);
          }
        }
      }
    }
  }
}
