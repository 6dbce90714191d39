import { tensorOf, view } from '../heap.ts';
import * as tf from '../tf.ts';
import { setKernel, type BackendName } from './registry.ts';
import { windowsOf } from './windows.ts';

/**
 * Gradient of average pooling: a window's error is spread evenly over its elements inside the image, which are also
 * what the forward pass divides by. The stock kernels of wasm and cpu divide by the whole window at the borders.
 */
export function installAvgPoolGradient(backend: BackendName): void {
  setKernel(tf.AvgPoolGrad, backend, gradient);
}

function gradient(
  { dy, input }: { dy: tf.Tensor4D; input: tf.Tensor4D },
  { filterSize, strides, pad }: tf.AvgPoolGradAttrs,
): tf.Tensor {
  const { batch, rows, columns, channels } = windowsOf(
    tf.backend_util.computePool2DInfo(input.shape, filterSize, strides, 1, pad),
  );
  return tensorOf<tf.Rank.R4>(input.shape, (dx) => {
    const errors = view(dy);
    dx.fill(0);
    let output = 0;
    for (let n = 0; n < batch; n++) {
      for (let oy = 0; oy < rows.count; oy++) {
        const top = n * rows.size + rows.origin[oy]! + rows.first[oy]!;
        const height = rows.end[oy]! - rows.first[oy]!;
        for (let ox = 0; ox < columns.count; ox++, output += channels) {
          const left = columns.origin[ox]! + columns.first[ox]!;
          const width = columns.end[ox]! - columns.first[ox]!;
          for (let y = top; y < top + height; y++) {
            for (let column = left; column < left + width; column++) {
              const image = (y * columns.size + column) * channels;
              for (let c = 0; c < channels; c++) dx[image + c]! += errors[output + c]! / (height * width);
            }
          }
        }
      }
    }
  });
}
