import { tensorOf, view } from '../heap.ts';
import * as tf from '../tf.ts';
import { setKernel } from './registry.ts';
import { axisOf } from './taps.ts';

interface Inputs {
  x: tf.Tensor4D;
  filter: tf.Tensor3D;
}

type InputsAndError = Inputs & { dy: tf.Tensor4D };

/**
 * Grey-scale dilation: the largest sum of input and filter in each window. Stock wasm takes the smallest positive
 * number for the smallest one, and with it loses every window without a positive sum.
 */
export function installDilation2d(): void {
  setKernel(tf.Dilation2D, 'wasm', ({ x, filter }: Inputs, attrs: tf.Dilation2DAttrs) => {
    const { outShape } = infoOf(x, filter, attrs);
    return tensorOf<tf.Rank.R4>(outShape, (y) => {
      const [values, weights] = [view(x), view(filter)];
      // A dilated window can lie around the whole image.
      y.fill(Number.NEGATIVE_INFINITY);
      eachWinner(x, filter, attrs, (output, from, tap) => {
        y[output] = values[from]! + weights[tap]!;
      });
    });
  });
  setKernel(tf.Dilation2DBackpropInput, 'wasm', ({ x, filter, dy }: InputsAndError, attrs: tf.Dilation2DAttrs) =>
    tensorOf(x.shape, (dx) => {
      const errors = view(dy);
      dx.fill(0);
      eachWinner(x, filter, attrs, (output, from) => {
        dx[from]! += errors[output]!;
      });
    }),
  );
  setKernel(tf.Dilation2DBackpropFilter, 'wasm', ({ x, filter, dy }: InputsAndError, attrs: tf.Dilation2DAttrs) =>
    tensorOf(filter.shape, (gradient) => {
      const errors = view(dy);
      gradient.fill(0);
      eachWinner(x, filter, attrs, (output, _, tap) => {
        gradient[tap]! += errors[output]!;
      });
    }),
  );
}

function infoOf(x: tf.Tensor4D, filter: tf.Tensor3D, { strides, pad, dilations }: tf.Dilation2DAttrs): tf.backend_util.Conv2DInfo {
  return tf.backend_util.computeDilation2DInfo(x.shape, filter.shape, strides, pad, 'NHWC', dilations);
}

/** Visits every output with the element of the input, and that of the filter, whose sum is the window's first largest; NaN is larger than all. */
function eachWinner(
  x: tf.Tensor4D,
  filter: tf.Tensor3D,
  attrs: tf.Dilation2DAttrs,
  visit: (output: number, from: number, tap: number) => void,
): void {
  const [values, weights] = [view(x), view(filter)];
  const info = infoOf(x, filter, attrs);
  const { batchSize: batch, inChannels: channels, padInfo } = info;
  const rows = axisOf(info.inHeight, info.outHeight, info.filterHeight, info.strideHeight, info.dilationHeight, padInfo.top);
  const columns = axisOf(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, info.dilationWidth, padInfo.left);
  let output = 0;
  for (let n = 0; n < batch; n++) {
    for (let i = 0; i < rows.count; i++) {
      for (let j = 0; j < columns.count; j++) {
        for (let c = 0; c < channels; c++, output++) {
          let best = Number.NaN;
          let [from, winner] = [-1, -1];
          for (let ky = rows.first[i]!; ky < rows.end[i]!; ky++) {
            for (let kx = columns.first[j]!; kx < columns.end[j]!; kx++) {
              const row = n * rows.size + rows.origin[i]! + ky * rows.dilation;
              const place = (row * columns.size + columns.origin[j]! + kx * columns.dilation) * channels + c;
              const tap = (ky * columns.taps + kx) * channels + c;
              const sum = values[place]! + weights[tap]!;
              if (winner < 0 || sum > best || (Number.isNaN(sum) && !Number.isNaN(best))) [best, from, winner] = [sum, place, tap];
            }
          }
          if (winner >= 0) visit(output, from, winner);
        }
      }
    }
  }
}
