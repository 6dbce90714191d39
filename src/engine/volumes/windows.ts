import { type Axis, axisOf } from '../kernels/taps.ts';
import type { backend_util } from '../tf.ts';

/** Windows over volumes of shape [batch, planes.size, rows.size, columns.size, channels]. */
export interface VolumeWindows {
  readonly batch: number;
  readonly channels: number;
  readonly planes: Axis;
  readonly rows: Axis;
  readonly columns: Axis;
}

/**
 * Reads TensorFlow.js's description of a convolution or a pooling of volumes. Channels must come last.
 * Its padding is negative where windows leave elements out, which shifts them all: it begins at 0, as in TensorFlow
 * (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2) and for images.
 */
export function volumeWindowsOf(info: backend_util.Conv3DInfo): VolumeWindows {
  if (info.dataFormat !== 'channelsLast') throw new Error(`Volumes need NDHWC, not ${info.dataFormat}.`);
  const { front, top, left } = info.padInfo;
  const before = (padding: number) => Math.max(0, padding);
  return {
    batch: info.batchSize,
    channels: info.inChannels,
    planes: axisOf(info.inDepth, info.outDepth, info.filterDepth, info.strideDepth, info.dilationDepth, before(front)),
    rows: axisOf(info.inHeight, info.outHeight, info.filterHeight, info.strideHeight, info.dilationHeight, before(top)),
    columns: axisOf(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, info.dilationWidth, before(left)),
  };
}
