import * as tf from '../../../src/engine/tf.ts';

/** A plain row-major array in double precision: what the references compute with. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function zeros(shape: readonly number[]): Values {
  return { shape, data: new Float64Array(sizeOf(shape)) };
}

/** Values that float32 holds exactly, so that reference and engine start from the same numbers. */
export function filled(shape: readonly number[], value: () => number): Values {
  return { shape, data: Float64Array.from({ length: sizeOf(shape) }, () => Math.fround(value())) };
}

export function toTensor<R extends tf.Rank>({ shape, data }: Values): tf.Tensor<R> {
  return tf.tensor(Float32Array.from(data), shape as tf.ShapeMap[R]);
}

/** Largest difference between two arrays, relative to the largest value of the second (or to 1 if that is smaller). */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} values instead of ${expected.length}`);
  let difference = 0;
  let scale = 1;
  for (let i = 0; i < expected.length; i++) {
    const d = Math.abs(actual[i]! - expected[i]!);
    difference = Number.isNaN(d) ? Number.POSITIVE_INFINITY : Math.max(difference, d);
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return difference / scale;
}
