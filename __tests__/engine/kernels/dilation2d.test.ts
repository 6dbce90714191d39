import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import { randomOf, shuffled } from '../../../src/engine/seeding.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal, slidingCase, type SlidingCase } from '../arbitrary.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled, sizeOf, type Values } from '../reference/array.ts';
import { at, computed } from '../reference/indices.ts';
import { alongAxis, type Sliding } from '../reference/sliding.ts';

describe('grey-scale dilation', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('output and gradients are those of the reference, for negative sums too', () => {
    fc.assert(
      fc.property(fc.oneof(slidingCase({ dilated: false }), slidingCase({ dilated: true })), fc.constantFrom(-3, 0, 3), (example, mean) => {
        const { window, stride, padding, dilation, image, seed } = example;
        const filter = filled([...window, image[3]], () => 0);
        const x = distinct(example, mean);
        fc.pre(dilate(x, filter, example).data.every(Number.isFinite));
        expectGradients(
          (values, weights) => tf.dilation2d(values as tf.Tensor4D, weights as tf.Tensor3D, [...stride], padding, [...dilation]),
          (values, weights) => dilate(values, weights, example),
          [x, filter],
          normal(seed),
        );
      }),
      { numRuns: 60 },
    );
  });

  test('a filter shifts each tap by its own weight', () => {
    const x = tf.tensor4d([-9, -7, -4, -8], [1, 1, 4, 1]);
    const filter = tf.tensor3d([5, 1], [1, 2, 1]);
    expect([...tf.dilation2d(x, filter, 1, 'valid').dataSync()]).toEqual([-4, -2, 1]);
    const [dx, df] = tf.grads((a, b) => tf.sum(tf.dilation2d(a as tf.Tensor4D, b as tf.Tensor3D, 1, 'valid')))([x, filter]);
    expect([...dx!.dataSync()]).toEqual([1, 1, 1, 0]);
    expect([...df!.dataSync()]).toEqual([3, 0]);
  });

  test('a window around the whole image has no largest sum', () => {
    expect([...tf.dilation2d(tf.ones<tf.Rank.R4>([1, 1, 1, 1]), tf.zeros<tf.Rank.R3>([1, 2, 1]), 1, 'same', [1, 3]).dataSync()]).toEqual([Number.NEGATIVE_INFINITY]);
  });

  test('NaN goes through', () => {
    const x = tf.tensor4d([1, Number.NaN, 3, 4], [1, 1, 4, 1]);
    const y = tf.dilation2d(x, tf.zeros([1, 2, 1]), 1, 'valid').dataSync();
    expect([...y]).toEqual([Number.NaN, Number.NaN, 4]);
  });
});

function dilate(x: Values, filter: Values, sliding: Sliding): Values {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [down, top] = alongAxis(height, 0, sliding);
  const [right, left] = alongAxis(width, 1, sliding);
  return computed([batch, down, right, channels], ([n, i, j, c]) => {
    let largest = Number.NEGATIVE_INFINITY;
    for (let ky = 0; ky < sliding.window[0]; ky++) {
      for (let kx = 0; kx < sliding.window[1]; kx++) {
        const row = i! * sliding.stride[0] - top + ky * sliding.dilation[0];
        const column = j! * sliding.stride[1] - left + kx * sliding.dilation[1];
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        largest = Math.max(largest, at(x, [n!, row, column, c!]) + at(filter, [ky, kx, c!]));
      }
    }
    return largest;
  });
}

/** Values at least 1/64 apart, so that no step of a finite difference changes which sum is the largest. */
function distinct({ image, seed }: SlidingCase, mean: number): Values {
  const order = shuffled(sizeOf(image), randomOf(seed, 'order'));
  return { shape: image, data: Float64Array.from(order, (rank) => mean + (rank - order.length / 2) / 64) };
}
