import type { backend_util } from '../tf.ts';

/**
 * Windows that slide along one axis. Window `o` meets the input at `origin[o] + tap * dilation` for every tap from
 * `first[o]` up to, not including, `end[o]`; its other taps lie in the padding.
 */
export interface Axis {
  /** Length of the input along the axis. */
  readonly size: number;
  /** Number of windows. */
  readonly count: number;
  readonly taps: number;
  readonly dilation: number;
  readonly origin: Int32Array;
  readonly first: Int32Array;
  readonly end: Int32Array;
}

/** Windows over images of shape [batch, rows.size, columns.size, channels]. */
export interface Windows {
  readonly batch: number;
  readonly channels: number;
  readonly rows: Axis;
  readonly columns: Axis;
}

/** Reads TensorFlow.js's description of a convolution or a pooling. Channels must come last. */
export function windowsOf(info: backend_util.Conv2DInfo): Windows {
  if (info.dataFormat !== 'channelsLast') throw new Error(`Gradients need NHWC, not ${info.dataFormat}.`);
  return {
    batch: info.batchSize,
    channels: info.inChannels,
    rows: axisOf(info.inHeight, info.outHeight, info.filterHeight, info.strideHeight, info.dilationHeight, info.padInfo.top),
    columns: axisOf(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, info.dilationWidth, info.padInfo.left),
  };
}

function axisOf(size: number, count: number, taps: number, stride: number, dilation: number, padding: number): Axis {
  const origin = Int32Array.from({ length: count }, (_, window) => window * stride - padding);
  return {
    size,
    count,
    taps,
    dilation,
    origin,
    first: origin.map((start) => Math.min(taps, Math.max(0, Math.ceil(-start / dilation)))),
    end: origin.map((start) => Math.min(taps, Math.max(0, Math.ceil((size - start) / dilation)))),
  };
}

/** The windows, `from` up to `to`, whose tap lies inside the input. */
export function windowsMeeting({ size, count, dilation, origin }: Axis, tap: number): [from: number, to: number] {
  let from = 0;
  while (from < count && origin[from]! + tap * dilation < 0) from++;
  let to = count;
  while (to > from && origin[to - 1]! + tap * dilation >= size) to--;
  return [from, to];
}
