import { sizeOf, type Values } from './array.ts';

/** An array whose elements are computed from their indices. */
export function computed(shape: readonly number[], value: (index: readonly number[]) => number): Values {
  return { shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => value(indexOf(i, shape))) };
}

/** The element at an index; where the array has an axis of 1, or lacks it at the front, the same all along. */
export function at({ shape, data }: Values, index: readonly number[]): number {
  const own = index.slice(index.length - shape.length);
  return data[shape.reduce((offset, size, axis) => offset * size + (size === 1 ? 0 : own[axis]!), 0)]!;
}

/** All indices of an array, in order. */
export function indicesOf(shape: readonly number[]): readonly number[][] {
  return Array.from({ length: sizeOf(shape) }, (_, i) => indexOf(i, shape));
}

function indexOf(offset: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  for (const size of shape.toReversed()) {
    index.unshift(offset % size);
    offset = Math.floor(offset / size);
  }
  return index;
}
