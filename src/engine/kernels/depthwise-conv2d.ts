import { tensorOf, view } from '../heap.ts';
import * as tf from '../tf.ts';
import { runKernel, setGradient, setKernel, type BackendName } from './registry.ts';
import { windowsMeeting, windowsOf } from './windows.ts';

type Shape = [number, number, number, number];

/** tfjs-layers gives no dilation. */
type Attrs = Omit<tf.DepthwiseConv2dNativeAttrs, 'dataFormat' | 'dilations'> & {
  dilations: tf.DepthwiseConv2dNativeAttrs['dilations'] | null;
};

/**
 * Gradients of the depthwise convolution with respect to filter and input. Stock wasm has neither, and core refuses
 * dilation.
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
  const { batch, rows, columns, channels } = windowsOf(describe(x.shape, filterShape, attrs));
  const multiplier = filterShape[3];
  const depth = channels * multiplier;
  const stepRight = (columns.count > 1 ? columns.origin[1]! - columns.origin[0]! : 1) * channels;
  // Sums run over the whole batch and all positions: in double, or the last digits of float32 get lost.
  const sums = new Float64Array(tf.util.sizeFromShape(filterShape));
  return tensorOf<tf.Rank.R4>(filterShape, (gradient) => {
    const [images, errors] = [view(x), view(dy)];
    for (let ky = 0; ky < rows.taps; ky++) {
      const [top, bottom] = windowsMeeting(rows, ky);
      for (let kx = 0; kx < columns.taps; kx++) {
        const [left, right] = windowsMeeting(columns, kx);
        if (left === right) continue;
        const filter = (ky * columns.taps + kx) * depth;
        for (let n = 0; n < batch; n++) {
          for (let oy = top; oy < bottom; oy++) {
            const row = n * rows.size + rows.origin[oy]! + ky * rows.dilation;
            const image = (row * columns.size + columns.origin[left]! + kx * columns.dilation) * channels;
            const output = ((n * rows.count + oy) * columns.count + left) * depth;
            const end = output + (right - left) * depth;
            for (let o = 0; o < depth; o++) {
              let sum = 0;
              let at = image + Math.floor(o / multiplier);
              for (let error = output + o; error < end; error += depth, at += stepRight) {
                sum += images[at]! * errors[error]!;
              }
              sums[filter + o]! += sum;
            }
          }
        }
      }
    }
    gradient.set(sums);
  });
}

/**
 * The error, with stride - 1 zeros between its elements, is convolved with the filter turned by 180 degrees; both as
 * channels * multiplier channels of their own, which are summed at the end.
 */
function inputGradient(
  { dy, filter }: { dy: tf.Tensor4D; filter: tf.Tensor4D },
  { inputShape, ...attrs }: Attrs & { inputShape: Shape },
): tf.Tensor {
  const info = describe(inputShape, filter.shape, attrs);
  const [high, wide, channels, multiplier] = filter.shape;
  return tf.tidy(() => {
    const turned = tf.reshape<tf.Rank.R4>(tf.reverse(filter, [0, 1]), [high, wide, channels * multiplier, 1]);
    const dilations: [number, number] = [info.dilationHeight, info.dilationWidth];
    const gradient = tf.depthwiseConv2d(spread(dy, info), turned, 1, 'valid', 'NHWC', dilations);
    if (multiplier === 1) return gradient;
    return tf.reshape(tf.sum(tf.reshape(gradient, [-1, multiplier]), 1), inputShape);
  });
}

/** The error where its windows start, zeros elsewhere, with as much around as makes the gradient the input's size. */
function spread(dy: tf.Tensor4D, info: tf.backend_util.Conv2DInfo): tf.Tensor4D {
  const { batchSize, inHeight, inWidth, outHeight, outWidth, outChannels, strideHeight, strideWidth, padInfo } = info;
  const height = inHeight + info.effectiveFilterHeight - 1;
  const width = inWidth + info.effectiveFilterWidth - 1;
  const top = info.effectiveFilterHeight - 1 - padInfo.top;
  const left = info.effectiveFilterWidth - 1 - padInfo.left;
  return tensorOf<tf.Rank.R4>([batchSize, height, width, outChannels], (values) => {
    const errors = view(dy);
    values.fill(0);
    let output = 0;
    for (let n = 0; n < batchSize; n++) {
      for (let oy = 0; oy < outHeight; oy++) {
        for (let ox = 0; ox < outWidth; ox++, output += outChannels) {
          const at = ((n * height + top + oy * strideHeight) * width + left + ox * strideWidth) * outChannels;
          for (let o = 0; o < outChannels; o++) values[at + o] = errors[output + o]!;
        }
      }
    }
  });
}

function describe(
  xShape: Shape,
  filterShape: Shape,
  { strides, pad, dilations, dimRoundingMode }: Attrs,
): tf.backend_util.Conv2DInfo {
  return tf.backend_util.computeConv2DInfo(xShape, filterShape, strides, dilations ?? 1, pad, dimRoundingMode, true);
}
