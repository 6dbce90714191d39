import { simd } from '../simd/module.ts';
import type { backend_util } from '../tf.ts';

/** Tells the kernels which windows slide over which images, as TensorFlow.js describes a convolution or a pooling. */
export function setWindows(info: backend_util.Conv2DInfo): void {
  if (info.dataFormat !== 'channelsLast') throw new Error(`The wasm kernels need NHWC, not ${info.dataFormat}.`);
  simd().setWindows(
    info.batchSize,
    info.inHeight,
    info.inWidth,
    info.inChannels,
    info.outHeight,
    info.outWidth,
    info.filterHeight,
    info.filterWidth,
    info.strideHeight,
    info.strideWidth,
    info.dilationHeight,
    info.dilationWidth,
    info.padInfo.top,
    info.padInfo.left,
  );
}

/** Positions of the filter. */
export function tapsOf({ filterHeight, filterWidth }: backend_util.Conv2DInfo): number {
  return filterHeight * filterWidth;
}
