import { tensorOf, view } from '../heap.ts';
import { setKernel } from '../kernels/registry.ts';
import * as tf from '../tf.ts';
import { type VolumeWindows, volumeWindowsOf } from './windows.ts';

type Attrs = Pick<tf.MaxPool3DAttrs, 'filterSize' | 'strides' | 'pad' | 'dimRoundingMode'>;

/**
 * Pooling of volumes and its gradients.
 * - Maximum: stock wasm takes the smallest positive number for the smallest one, so that a window without a positive
 *   value comes out as that. The error goes to the first maximum, in row-major order, as in TensorFlow; NaN is larger
 *   than all.
 * - Average: over the elements inside the volume. The stock gradient divides by the whole window at the borders.
 * - Windows that leave elements out begin at the first one; stock wasm shifts them.
 */
export function installPooling(): void {
  setKernel(tf.MaxPool3D, 'wasm', ({ x }: { x: tf.Tensor5D }, attrs: Attrs) => {
    const { windows, outShape } = describe(x, attrs);
    return tensorOf<tf.Rank.R5>(outShape, (y) => {
      const values = view(x);
      eachMaximum(values, windows, (output, winner) => {
        y[output] = winner < 0 ? Number.NEGATIVE_INFINITY : values[winner]!;
      });
    });
  });
  setKernel(tf.MaxPool3DGrad, 'wasm', ({ dy, input }: { dy: tf.Tensor5D; input: tf.Tensor5D }, attrs: Attrs) =>
    tensorOf<tf.Rank.R5>(input.shape, (dx) => {
      const errors = view(dy);
      dx.fill(0);
      eachMaximum(view(input), describe(input, attrs).windows, (output, winner) => {
        if (winner >= 0) dx[winner]! += errors[output]!;
      });
    }),
  );
  setKernel(tf.AvgPool3D, 'wasm', ({ x }: { x: tf.Tensor5D }, attrs: Attrs) => {
    const { windows, outShape } = describe(x, attrs);
    return tensorOf<tf.Rank.R5>(outShape, (y) => {
      const values = view(x);
      eachWindow(windows, (output, voxels) => {
        let sum = 0;
        for (const voxel of voxels) sum += values[voxel]!;
        y[output] = sum / voxels.length;
      });
    });
  });
  setKernel(tf.AvgPool3DGrad, 'wasm', ({ dy, input }: { dy: tf.Tensor5D; input: tf.Tensor5D }, attrs: Attrs) =>
    tensorOf<tf.Rank.R5>(input.shape, (dx) => {
      const errors = view(dy);
      dx.fill(0);
      eachWindow(describe(input, attrs).windows, (output, voxels) => {
        for (const voxel of voxels) dx[voxel]! += errors[output]! / voxels.length;
      });
    }),
  );
}

function describe(x: tf.Tensor5D, { filterSize, strides, pad, dimRoundingMode }: Attrs): { windows: VolumeWindows; outShape: tf.Tensor5D['shape'] } {
  const info = tf.backend_util.computePool3DInfo(x.shape, filterSize, strides, 1, pad, dimRoundingMode);
  return { windows: volumeWindowsOf(info), outShape: info.outShape };
}

/** Visits every output with the first largest element of its window; -1 for a window outside the volume. */
function eachMaximum(values: Float32Array, windows: VolumeWindows, visit: (output: number, winner: number) => void): void {
  eachWindow(windows, (output, voxels) => {
    let winner = -1;
    for (const voxel of voxels) {
      const [value, best] = [values[voxel]!, values[winner]!];
      if (winner < 0 || value > best || (Number.isNaN(value) && !Number.isNaN(best))) winner = voxel;
    }
    visit(output, winner);
  });
}

/** Visits every output, in order, with the elements of its window that lie in the volume. */
function eachWindow({ batch, planes, rows, columns, channels }: VolumeWindows, visit: (output: number, voxels: readonly number[]) => void): void {
  let output = 0;
  for (let n = 0; n < batch; n++) {
    for (let oz = 0; oz < planes.count; oz++) {
      for (let oy = 0; oy < rows.count; oy++) {
        for (let ox = 0; ox < columns.count; ox++) {
          const voxels: number[] = [];
          for (let kz = planes.first[oz]!; kz < planes.end[oz]!; kz++) {
            const plane = n * planes.size + planes.origin[oz]! + kz;
            for (let ky = rows.first[oy]!; ky < rows.end[oy]!; ky++) {
              const line = (plane * rows.size + rows.origin[oy]! + ky) * columns.size + columns.origin[ox]!;
              for (let kx = columns.first[ox]!; kx < columns.end[ox]!; kx++) voxels.push((line + kx) * channels);
            }
          }
          for (let c = 0; c < channels; c++, output++) {
            visit(output, voxels);
            for (let i = 0; i < voxels.length; i++) voxels[i]!++;
          }
        }
      }
    }
  }
}
