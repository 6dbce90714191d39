import type { Values } from './array.ts';
import { at, computed, indicesOf } from './indices.ts';

type Triple = readonly [number, number, number];

/** Windows over volumes [batch, depth, height, width, channels], as TensorFlow defines them. */
export interface SlidingVolume {
  readonly window: Triple;
  readonly stride: Triple;
  readonly dilation: Triple;
  readonly padding: 'same' | 'valid';
}

/**
 * Number of windows and padding before the first element, along one axis
 * (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2).
 */
export function alongSide(size: number, axis: 0 | 1 | 2, { window, stride, dilation, padding }: SlidingVolume): [count: number, before: number] {
  const extent = (window[axis] - 1) * dilation[axis] + 1;
  if (padding === 'valid') return [Math.ceil((size - extent + 1) / stride[axis]), 0];
  const count = Math.ceil(size / stride[axis]);
  return [count, Math.floor(Math.max(0, (count - 1) * stride[axis] + extent - size) / 2)];
}

/** Output of a convolution, filter [deep, high, wide, in, out]. */
export function conv3d(x: Values, filter: Values, sliding: SlidingVolume): Values {
  return slide(x, filter.shape[4]!, sliding, (inside, o) => {
    let sum = 0;
    for (const { voxel, tap } of inside) {
      for (let c = 0; c < x.shape[4]!; c++) sum += at(x, [...voxel, c]) * at(filter, [...tap, c, o]);
    }
    return sum;
  });
}

export function maxPool3d(x: Values, sliding: SlidingVolume): Values {
  return slide(x, x.shape[4]!, sliding, (inside, c) => Math.max(...inside.map(({ voxel }) => at(x, [...voxel, c]))));
}

/** The mean of the elements inside the volume: padding does not count. */
export function avgPool3d(x: Values, sliding: SlidingVolume): Values {
  return slide(x, x.shape[4]!, sliding, (inside, c) => inside.reduce((sum, { voxel }) => sum + at(x, [...voxel, c]), 0) / inside.length);
}

interface Inside {
  /** Sample, plane, row and column. */
  readonly voxel: readonly number[];
  readonly tap: readonly number[];
}

function slide(x: Values, depth: number, sliding: SlidingVolume, compute: (inside: readonly Inside[], channel: number) => number): Values {
  const sides = ([0, 1, 2] as const).map((axis) => alongSide(x.shape[axis + 1]!, axis, sliding));
  return computed([x.shape[0]!, ...sides.map(([count]) => count), depth], ([n, ...rest]) => {
    const inside = indicesOf(sliding.window).flatMap((tap) => {
      const place = tap.map((k, axis) => rest[axis]! * sliding.stride[axis]! - sides[axis]![1] + k * sliding.dilation[axis]!);
      return place.every((i, axis) => i >= 0 && i < x.shape[axis + 1]!) ? [{ voxel: [n!, ...place], tap }] : [];
    });
    return compute(inside, rest[3]!);
  });
}
