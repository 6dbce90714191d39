import { addressOf, outputOf, simd } from '../simd/module.ts';
import * as tf from '../tf.ts';
import { setKernel } from './registry.ts';
import { setWindows } from './windows.ts';

type Pooling = Pick<tf.MaxPoolGradAttrs, 'filterSize' | 'strides' | 'pad'> & Partial<Pick<tf.MaxPoolGradAttrs, 'dimRoundingMode'>>;

/**
 * Gradients of pooling. Of the maximum: a window's error goes to its first maximum, in row-major order, as in
 * TensorFlow; stock wasm takes the smallest positive number for the smallest one and loses every window without a
 * positive value. Of the average: a window's error is spread evenly over its elements inside the image, which are also
 * what the forward pass divides by; the stock kernels of wasm and cpu divide by the whole window at the borders.
 */
export function installPoolingGradients(): void {
  setKernel(tf.MaxPoolGrad, 'wasm', ({ dy, input }: { dy: tf.Tensor4D; input: tf.Tensor4D }, pooling: Pooling) => {
    const dx = outputOf(input.shape);
    slide(input, pooling);
    simd().maxPoolBack(addressOf(input), addressOf(dy), addressOf(dx));
    return dx;
  });
  setKernel(tf.AvgPoolGrad, 'wasm', ({ dy, input }: { dy: tf.Tensor4D; input: tf.Tensor4D }, pooling: Pooling) => {
    const dx = outputOf(input.shape);
    slide(input, pooling);
    simd().averagePoolBack(addressOf(dy), addressOf(dx));
    return dx;
  });
}

function slide(x: tf.Tensor4D, { filterSize, strides, pad, dimRoundingMode }: Pooling): void {
  setWindows(tf.backend_util.computePool2DInfo(x.shape, filterSize, strides, 1, pad, dimRoundingMode));
}
