import { tensorOf, view } from '../heap.ts';
import * as tf from '../tf.ts';
import { setKernel, type BackendName } from './registry.ts';
import { windowsOf } from './windows.ts';

/**
 * Gradient of max pooling: a window's error goes to its first maximum, in row-major order, as in TensorFlow.
 * Stock wasm takes the smallest positive number for the smallest one and loses every window without a positive value.
 */
export function installMaxPoolGradient(backend: BackendName): void {
  setKernel(tf.MaxPoolGrad, backend, gradient);
}

function gradient(
  { dy, input }: { dy: tf.Tensor4D; input: tf.Tensor4D },
  { filterSize, strides, pad, dimRoundingMode }: tf.MaxPoolGradAttrs,
): tf.Tensor {
  const { batch, rows, columns, channels } = windowsOf(
    tf.backend_util.computePool2DInfo(input.shape, filterSize, strides, 1, pad, dimRoundingMode),
  );
  return tensorOf<tf.Rank.R4>(input.shape, (dx) => {
    const [x, errors] = [view(input), view(dy)];
    dx.fill(0);
    let output = 0;
    for (let n = 0; n < batch; n++) {
      for (let oy = 0; oy < rows.count; oy++) {
        const top = n * rows.size + rows.origin[oy]! + rows.first[oy]!;
        const bottom = n * rows.size + rows.origin[oy]! + rows.end[oy]!;
        for (let ox = 0; ox < columns.count; ox++) {
          const left = columns.origin[ox]! + columns.first[ox]!;
          const right = columns.origin[ox]! + columns.end[ox]!;
          for (let c = 0; c < channels; c++) {
            let winner = (top * columns.size + left) * channels + c;
            for (let y = top; y < bottom; y++) {
              for (let column = left; column < right; column++) {
                const candidate = (y * columns.size + column) * channels + c;
                if (x[candidate]! > x[winner]!) winner = candidate;
              }
            }
            dx[winner]! += errors[output++]!;
          }
        }
      }
    }
  });
}
