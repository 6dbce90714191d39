import { type Values, zeros } from './array.ts';

/** Windows over images [batch, height, width, channels], as TensorFlow defines them. */
export interface Sliding {
  readonly window: readonly [high: number, wide: number];
  readonly stride: readonly [down: number, right: number];
  readonly dilation: readonly [down: number, right: number];
  readonly padding: 'same' | 'valid';
}

/**
 * Output size and padding before the first element, along one axis
 * (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2).
 */
export function alongAxis(size: number, axis: 0 | 1, { window, stride, dilation, padding }: Sliding): [count: number, before: number] {
  const extent = (window[axis] - 1) * dilation[axis] + 1;
  if (padding === 'valid') return [Math.ceil((size - extent + 1) / stride[axis]), 0];
  const count = Math.ceil(size / stride[axis]);
  const total = Math.max(0, (count - 1) * stride[axis] + extent - size);
  return [count, Math.floor(total / 2)];
}

/** Output of a convolution: y[n,i,j,o] = sum over taps and channels of x * filter[ky,kx,c,o]. */
export function conv2d(x: Values, filter: Values, sliding: Sliding): Values {
  const depth = filter.shape[3]!;
  return slide(x, depth, sliding, (inside) => {
    const sums = new Float64Array(depth);
    for (const { tap, at } of inside) {
      for (let c = 0; c < x.shape[3]!; c++) {
        for (let o = 0; o < depth; o++) sums[o]! += x.data[at + c]! * filter.data[(tap * x.shape[3]! + c) * depth + o]!;
      }
    }
    return sums;
  });
}

/** Every channel c is convolved with filter[ky,kx,c,m] into output channel c * multiplier + m. */
export function depthwiseConv2d(x: Values, filter: Values, sliding: Sliding): Values {
  const [channels, multiplier] = [filter.shape[2]!, filter.shape[3]!];
  return slide(x, channels * multiplier, sliding, (inside) => {
    const sums = new Float64Array(channels * multiplier);
    for (const { tap, at } of inside) {
      for (let o = 0; o < sums.length; o++) {
        sums[o]! += x.data[at + Math.floor(o / multiplier)]! * filter.data[tap * sums.length + o]!;
      }
    }
    return sums;
  });
}

export function maxPool(x: Values, sliding: Sliding): Values {
  const channels = x.shape[3]!;
  return slide(x, channels, sliding, (inside) =>
    Float64Array.from({ length: channels }, (_, c) => Math.max(...inside.map(({ at }) => x.data[at + c]!))),
  );
}

/** The mean of the elements inside the image: padding does not count. */
export function avgPool(x: Values, sliding: Sliding): Values {
  const channels = x.shape[3]!;
  return slide(x, channels, sliding, (inside) =>
    Float64Array.from({ length: channels }, (_, c) => inside.reduce((sum, { at }) => sum + x.data[at + c]!, 0) / inside.length),
  );
}

/** A tap of a window that lies inside the image: its number, and the offset of the first channel there. */
interface Inside {
  readonly tap: number;
  readonly at: number;
}

function slide(x: Values, depth: number, sliding: Sliding, compute: (inside: Inside[]) => Float64Array): Values {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [down, top] = alongAxis(height, 0, sliding);
  const [right, left] = alongAxis(width, 1, sliding);
  const y = zeros([batch, down, right, depth]);
  for (let n = 0; n < batch; n++) {
    for (let i = 0; i < down; i++) {
      for (let j = 0; j < right; j++) {
        const inside: Inside[] = [];
        for (let tap = 0; tap < sliding.window[0] * sliding.window[1]; tap++) {
          const row = i * sliding.stride[0] - top + Math.floor(tap / sliding.window[1]) * sliding.dilation[0];
          const column = j * sliding.stride[1] - left + (tap % sliding.window[1]) * sliding.dilation[1];
          if (row < 0 || row >= height || column < 0 || column >= width) continue;
          inside.push({ tap, at: ((n * height + row) * width + column) * channels });
        }
        y.data.set(compute(inside), ((n * down + i) * right + j) * depth);
      }
    }
  }
  return y;
}
