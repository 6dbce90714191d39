import { tensorOf, view } from '../heap.ts';
import type * as tf from '../tf.ts';
import type { VolumeWindows } from './windows.ts';

/**
 * Lays every window of some samples out as one row, padding as zeros, so that a convolution becomes a matrix product.
 *
 * @param x [batch, depth, height, width, channels]
 * @param from first sample
 * @param to sample after the last
 * @returns [(to - from) * windows, taps * channels], the order of a filter [deep, high, wide, channels, ...]
 */
export function unfold(x: tf.TensorInfo, windows: VolumeWindows, from: number, to: number): tf.Tensor2D {
  const { planes, rows, columns } = windows;
  const rowLength = rowLengthOf(windows);
  return tensorOf<tf.Rank.R2>([(to - from) * planes.count * rows.count * columns.count, rowLength], (unfolded) => {
    const values = view(x);
    unfolded.fill(0);
    eachTap(windows, from, to, (voxel, row, length) => {
      for (let i = 0; i < length; i++) unfolded[row + i] = values[voxel + i]!;
    });
  });
}

/**
 * The transpose of {@link unfold}: adds every element of the rows to where it came from.
 *
 * @param unfolded [samples * windows, taps * channels]
 * @returns [samples, depth, height, width, channels]
 */
export function fold(unfolded: tf.TensorInfo, windows: VolumeWindows, samples: number): tf.Tensor5D {
  const { planes, rows, columns, channels } = windows;
  return tensorOf<tf.Rank.R5>([samples, planes.size, rows.size, columns.size, channels], (x) => {
    const values = view(unfolded);
    x.fill(0);
    eachTap(windows, 0, samples, (voxel, row, length) => {
      for (let i = 0; i < length; i++) x[voxel + i]! += values[row + i]!;
    });
  });
}

export function rowLengthOf({ planes, rows, columns, channels }: VolumeWindows): number {
  return planes.taps * rows.taps * columns.taps * channels;
}

/** Visits every tap inside the volume: where its channels begin there, and in the rows. */
function eachTap(
  windows: VolumeWindows,
  from: number,
  to: number,
  visit: (voxel: number, row: number, length: number) => void,
): void {
  const { planes, rows, columns, channels } = windows;
  const rowLength = rowLengthOf(windows);
  let row = 0;
  for (let n = from; n < to; n++) {
    for (let oz = 0; oz < planes.count; oz++) {
      for (let oy = 0; oy < rows.count; oy++) {
        for (let ox = 0; ox < columns.count; ox++, row += rowLength) {
          for (let kz = planes.first[oz]!; kz < planes.end[oz]!; kz++) {
            const plane = n * planes.size + planes.origin[oz]! + kz * planes.dilation;
            for (let ky = rows.first[oy]!; ky < rows.end[oy]!; ky++) {
              const line = (plane * rows.size + rows.origin[oy]! + ky * rows.dilation) * columns.size + columns.origin[ox]!;
              for (let kx = columns.first[ox]!; kx < columns.end[ox]!; kx++) {
                const tap = (kz * rows.taps + ky) * columns.taps + kx;
                visit((line + kx * columns.dilation) * channels, row + tap * channels, channels);
              }
            }
          }
        }
      }
    }
  }
}
