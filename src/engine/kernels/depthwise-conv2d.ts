import { tensorOf, view } from '../heap.ts';
import * as tf from '../tf.ts';
import { runKernel, setGradient, setKernel, type BackendName } from './registry.ts';
import { windowsOf, type Windows } from './windows.ts';

type Shape = [number, number, number, number];

/** tfjs-layers gives no dilation. */
type Attrs = Omit<tf.DepthwiseConv2dNativeAttrs, 'dataFormat' | 'dilations'> & {
  dilations: tf.DepthwiseConv2dNativeAttrs['dilations'] | null;
};

/**
 * Gradients of the depthwise convolution with respect to filter and input, as loops over the backend's memory.
 * Stock wasm has neither, and core refuses dilation.
 */
export function installDepthwiseConv2dGradients(backend: BackendName): void {
  setKernel(tf.DepthwiseConv2dNativeBackpropFilter, backend, filterGradient);
  setKernel(tf.DepthwiseConv2dNativeBackpropInput, backend, inputGradient);
  setGradient(
    tf.DepthwiseConv2dNative,
    ['x', 'filter'],
    (dy, [x, filter]: readonly [tf.Tensor4D, tf.Tensor4D], attrs: Attrs) => ({
      x: () => runKernel(tf.DepthwiseConv2dNativeBackpropInput, { dy, filter }, { ...attrs, inputShape: x.shape }),
      filter: () =>
        runKernel(tf.DepthwiseConv2dNativeBackpropFilter, { x, dy }, { ...attrs, filterShape: filter.shape }),
    }),
  );
}

function filterGradient(
  { x, dy }: { x: tf.Tensor4D; dy: tf.Tensor4D },
  { filterShape, ...attrs }: Attrs & { filterShape: Shape },
): tf.Tensor {
  const windows = convolution(x.shape, filterShape, attrs);
  const multiplier = filterShape[3];
  // Sums run over the whole batch and all positions: in double, or the last digits of float32 get lost.
  const sums = new Float64Array(tf.util.sizeFromShape(filterShape));
  return tensorOf<tf.Rank.R4>(filterShape, (gradient) => {
    const [images, errors] = [view(x), view(dy)];
    eachTap(windows, multiplier, (image, output, filter) => {
      for (let c = 0; c < windows.channels; c++) {
        for (let m = 0; m < multiplier; m++) {
          sums[filter + c * multiplier + m]! += images[image + c]! * errors[output + c * multiplier + m]!;
        }
      }
    });
    gradient.set(sums);
  });
}

function inputGradient(
  { dy, filter }: { dy: tf.Tensor4D; filter: tf.Tensor4D },
  { inputShape, ...attrs }: Attrs & { inputShape: Shape },
): tf.Tensor {
  const windows = convolution(inputShape, filter.shape, attrs);
  const multiplier = filter.shape[3];
  return tensorOf<tf.Rank.R4>(inputShape, (gradient) => {
    const [weights, errors] = [view(filter), view(dy)];
    gradient.fill(0);
    eachTap(windows, multiplier, (image, output, tap) => {
      for (let c = 0; c < windows.channels; c++) {
        for (let m = 0; m < multiplier; m++) {
          gradient[image + c]! += weights[tap + c * multiplier + m]! * errors[output + c * multiplier + m]!;
        }
      }
    });
  });
}

/** Visits every pair of a window and a tap inside the image: offsets of the first channel in image, output and filter. */
function eachTap(
  { batch, rows, columns, channels }: Windows,
  multiplier: number,
  visit: (image: number, output: number, filter: number) => void,
): void {
  const depth = channels * multiplier;
  let output = 0;
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < rows.count; oy++) {
      for (let ox = 0; ox < columns.count; ox++, output += depth) {
        for (let ky = rows.first[oy]!; ky < rows.end[oy]!; ky++) {
          const line = (n * rows.size + rows.origin[oy]! + ky * rows.dilation) * columns.size + columns.origin[ox]!;
          for (let kx = columns.first[ox]!; kx < columns.end[ox]!; kx++) {
            visit((line + kx * columns.dilation) * channels, output, (ky * columns.taps + kx) * depth);
          }
        }
      }
    }
  }
}

function convolution(xShape: Shape, filterShape: Shape, { strides, pad, dilations, dimRoundingMode }: Attrs): Windows {
  return windowsOf(
    tf.backend_util.computeConv2DInfo(xShape, filterShape, strides, dilations ?? 1, pad, dimRoundingMode, true),
  );
}
