import { addressOf, simd, workspace } from '../simd/module.ts';
import type * as tf from '../tf.ts';
import type { Clamp } from './activation.ts';
import { padded, writeBias } from './products.ts';
import { setWindows } from './windows.ts';

type Info = tf.backend_util.Conv2DInfo;

const FLOAT = 4;
const POINTS = 16;
/** Bytes that the kernels leave between points. */
const GAPS = POINTS * 64;
/** Bytes that the tiles of one go may take: they stay in the second-level cache. */
const ROOM = 2 ** 19;
const FEWEST_TILES = 16;
const MOST_TILES = 128;
/** Channels, in and out, from which on fewer products make up for what tiles take to lay out. */
const FEWEST_CHANNELS = 8;

/** Whether minimal filtering computes a convolution faster: 3 x 3, one step at a time, and enough of everything. */
export function isTiled({ filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth, batchSize, outHeight, outWidth, inChannels, outChannels, padInfo }: Info): boolean {
  const isThree = filterHeight === 3 && filterWidth === 3 && strideHeight * strideWidth * dilationHeight * dilationWidth === 1 && padInfo.top <= 2 && padInfo.left <= 2;
  const hasChannels = [inChannels, outChannels].every((count) => count % 4 === 0 && count >= FEWEST_CHANNELS);
  return isThree && hasChannels && batchSize * Math.ceil(outHeight / 2) * Math.ceil(outWidth / 2) >= FEWEST_TILES;
}

/** @returns false where a sum is not finite: then `y` has to be computed the direct way */
export function convolveTiles(x: tf.TensorInfo, filter: tf.TensorInfo, bias: tf.TensorInfo | undefined, info: Info, y: tf.TensorInfo, clamp: Clamp): boolean {
  const { inChannels, outChannels } = info;
  const taps = { tap: inChannels * outChannels, row: outChannels, column: 1, isTurned: false };
  return convolve(x, inChannels, filter, outChannels, taps, bias, y, clamp, () => { setWindows(info); });
}

/** The gradient by the input is the convolution of the errors with the filter turned round; as {@link convolveTiles}. */
export function convolveTilesBackInput(dy: tf.TensorInfo, filter: tf.TensorInfo, info: Info, dx: tf.TensorInfo, unclamped: Clamp): boolean {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padInfo } = info;
  const taps = { tap: inChannels * outChannels, row: 1, column: outChannels, isTurned: true };
  return convolve(dy, outChannels, filter, inChannels, taps, undefined, dx, unclamped, () => {
    simd().setWindows(batchSize, outHeight, outWidth, outChannels, inHeight, inWidth, 3, 3, 1, 1, 1, 1, 2 - padInfo.top, 2 - padInfo.left);
  });
}

/** As {@link convolveTiles}. */
export function convolveTilesBackFilter(x: tf.TensorInfo, dy: tf.TensorInfo, info: Info, gradient: tf.TensorInfo): boolean {
  const { inChannels, outChannels } = info;
  const tiles = tilesAtOnce(inChannels + padded(outChannels));
  const zeroBytes = Math.max(inChannels, outChannels) * FLOAT;
  const [zeros, table, inputs, errors, sums] = workspace(zeroBytes, tiles * FLOAT, POINTS * tiles * inChannels * FLOAT + GAPS, POINTS * tiles * padded(outChannels) * FLOAT + GAPS, POINTS * inChannels * outChannels * FLOAT);
  simd().clear(zeros, zeroBytes);
  setWindows(info);
  return isTrue(simd().convolveTilesBackFilter(addressOf(x), addressOf(dy), outChannels, addressOf(gradient), zeros, tiles, table, inputs, errors, sums));
}

/** Values of a filter between one tap, channel in and channel out and the next. */
interface Taps {
  readonly tap: number;
  readonly row: number;
  readonly column: number;
  readonly isTurned: boolean;
}

function convolve(x: tf.TensorInfo, channels: number, filter: tf.TensorInfo, outputs: number, taps: Taps, bias: tf.TensorInfo | undefined, y: tf.TensorInfo, { low, high }: Clamp, describe: () => void): boolean {
  const tiles = tilesAtOnce(channels + outputs);
  const width = padded(outputs);
  const zeroBytes = Math.max(channels, width) * FLOAT;
  const [panels, start, zeros, table, inputs, products] = workspace(POINTS * channels * width * FLOAT, width * FLOAT, zeroBytes, 2 * tiles * FLOAT, POINTS * tiles * channels * FLOAT + GAPS, POINTS * tiles * outputs * FLOAT + GAPS);
  writeBias(bias, start, width);
  simd().clear(zeros, zeroBytes);
  simd().transformFilter(addressOf(filter), channels, outputs, taps.tap * FLOAT, taps.row * FLOAT, taps.column * FLOAT, taps.isTurned, panels);
  describe();
  return isTrue(simd().convolveTiles(addressOf(x), panels, outputs, start, addressOf(y), zeros, tiles, table, inputs, products, low, high));
}

function tilesAtOnce(values: number): number {
  return Math.max(FEWEST_TILES, Math.min(MOST_TILES, Math.floor(ROOM / (POINTS * values * FLOAT)) & ~3));
}

/** WebAssembly's booleans are numbers. */
function isTrue(value: number): boolean {
  return value !== 0;
}
