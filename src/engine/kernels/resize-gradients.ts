import { tensorOf, view } from '../heap.ts';
import { addressOf, type Address, countersAt, floatsAt, outputOf, simd, workspace } from '../simd/module.ts';
import * as tf from '../tf.ts';
import { type RegisteredBackend, setKernel } from './registry.ts';

interface Inputs {
  images: tf.Tensor4D;
  dy: tf.Tensor4D;
}

const FLOAT = 4;

type Attrs = Pick<tf.ResizeBilinearAttrs, 'alignCorners' | 'halfPixelCenters'>;

/**
 * Gradients of resizing images: each error goes back to the pixels that its own was made of. Those of stock wasm and
 * of tfjs-node know nothing of half-pixel centres, which Keras uses.
 */
export function installResizeGradients(backend: RegisteredBackend): void {
  setKernel(tf.ResizeBilinearGrad, backend, (inputs: Inputs, attrs: Attrs) => gradient(inputs, attrs, between));
  setKernel(tf.ResizeNearestNeighborGrad, backend, (inputs: Inputs, attrs: Attrs) => gradient(inputs, attrs, nearest));
}

/** The two pixels along an axis that an output pixel lies between, and how far it is on its way to the second. */
interface Mixture {
  readonly lower: Int32Array;
  readonly upper: Int32Array;
  readonly fraction: Float32Array;
}

type Mix = (from: number, to: number, attrs: Attrs) => Mixture;

/** Axis by axis, columns first: what lies between two pixels is a mixture of mixtures. */
function gradient({ images, dy }: Inputs, attrs: Attrs, mix: Mix): tf.TensorInfo {
  const [batch, height, width, channels] = images.shape;
  if (tf.getBackend() === 'wasm') return inPlace({ images, dy }, mix(width, dy.shape[2], attrs), mix(height, dy.shape[1], attrs));
  const row = width * channels;
  const narrow = new Float64Array(batch * dy.shape[1] * row);
  gather(narrow, view(dy), batch * dy.shape[1], channels, width, mix(width, dy.shape[2], attrs));
  return tensorOf<tf.Rank.R4>(images.shape, (dx) => {
    dx.fill(0);
    gather(dx, narrow, batch, row, height, mix(height, dy.shape[1], attrs));
  });
}

function inPlace({ images, dy }: Inputs, columns: Mixture, rows: Mixture): tf.TensorInfo {
  const [batch, height, width, channels] = images.shape;
  const dx = outputOf(images.shape);
  const lines = batch * dy.shape[1];
  const mixtureBytes = 3 * Math.max(dy.shape[1], dy.shape[2]) * FLOAT;
  const [mixture, narrow] = workspace(mixtureBytes, lines * width * channels * FLOAT);
  writeMixture(columns, mixture);
  simd().mixBack(addressOf(dy), lines, dy.shape[2], channels, width, mixture, narrow);
  writeMixture(rows, mixture);
  simd().mixBack(narrow, batch, dy.shape[1], width * channels, height, mixture, addressOf(dx));
  return dx;
}

function writeMixture({ lower, upper, fraction }: Mixture, at: Address): void {
  const places = fraction.length;
  countersAt(at, places).set(lower);
  countersAt(at + places * FLOAT, places).set(upper);
  floatsAt(at + 2 * places * FLOAT, places).set(fraction);
}

/** From errors [count, places of the mixture, size], each to the two of `to` places that it is a mixture of: [count, to, size]. */
function gather(sums: Float32Array | Float64Array, errors: Float32Array | Float64Array, count: number, size: number, to: number, { lower, upper, fraction }: Mixture): void {
  let next = 0;
  for (let n = 0; n < count; n++) {
    for (let place = 0; place < fraction.length; place++) {
      const [low, high, share] = [(n * to + lower[place]!) * size, (n * to + upper[place]!) * size, fraction[place]!];
      for (let i = 0; i < size; i++, next++) sums[low + i]! += (1 - share) * errors[next]!;
      if (share === 0) continue;
      next -= size;
      for (let i = 0; i < size; i++, next++) sums[high + i]! += share * errors[next]!;
    }
  }
}

/** In single precision, as the forward pass computes: a pixel on the border between two must fall to the same one. */
function scale(from: number, to: number, { alignCorners }: Attrs): number {
  return alignCorners && to > 1 ? Math.fround((from - 1) / (to - 1)) : Math.fround(from / to);
}

function between(from: number, to: number, attrs: Attrs): Mixture {
  const ratio = scale(from, to, attrs);
  const place = Float32Array.from({ length: to }, (_, i) => (attrs.halfPixelCenters ? Math.fround(ratio * (i + 0.5)) - 0.5 : ratio * i));
  const lower = Int32Array.from(place, (x) => Math.max(0, Math.floor(x)));
  return {
    lower,
    upper: Int32Array.from(place, (x) => Math.min(from - 1, Math.ceil(x))),
    fraction: place.map((x, i) => x - lower[i]!),
  };
}

function nearest(from: number, to: number, attrs: Attrs): Mixture {
  const ratio = scale(from, to, attrs);
  const lower = Int32Array.from({ length: to }, (_, i) => {
    const place = Math.fround(ratio * (attrs.halfPixelCenters ? i + 0.5 : i));
    return Math.min(from - 1, attrs.alignCorners ? Math.round(place) : Math.floor(place));
  });
  return { lower, upper: lower, fraction: new Float32Array(to) };
}
