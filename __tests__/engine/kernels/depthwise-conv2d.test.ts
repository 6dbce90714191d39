import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal, slidingCase, type SlidingCase } from '../arbitrary.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled, toTensor } from '../reference/array.ts';
import { depthwiseConv2d } from '../reference/sliding.ts';

describe('depthwise convolution on wasm', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('output and gradients are those of the reference, strided', () => {
    fc.assert(fc.property(slidingCase({ dilated: false }), check), { numRuns: 60 });
  });

  test('output and gradients are those of the reference, dilated', () => {
    fc.assert(fc.property(slidingCase({ dilated: true }), check), { numRuns: 40 });
  });

  test('output and gradients are those of the reference where tiles of windows and channels are computed at once', () => {
    fc.assert(fc.property(tiledCase(8, 12), check), { numRuns: 40 });
  }, 60_000);

  test('an output and a gradient by the input have the same bits in a tile and alone', () => {
    fc.assert(
      fc.property(tiledCase(11, 16), ({ image: [batch, height, width, channels], window, stride, padding, seed }) => {
        const random = normal(seed);
        const draw = (shape: number[]) => toTensor<tf.Rank.R4>(filled(shape, random));
        const filter = draw([...window, channels, 1]);
        const x = draw([batch, height, width, channels]);
        const pass = (from: number, count: number) => {
          const part = (tensor: tf.Tensor4D, axis: number) => tf.slice(tensor, [0, 0, 0, 0].with(axis, from), tensor.shape.with(axis, count));
          const weights = part(filter, 2);
          const run = (input: tf.Tensor) => tf.depthwiseConv2d(input as tf.Tensor4D, weights, [...stride], padding);
          return [run(part(x, 3)), tf.grad(run)(part(x, 3))].map((tensor) => tensor.reshape([-1, count]));
        };
        tf.tidy(() => {
          const together = pass(0, channels);
          for (let c = 0; c < channels; c++) {
            pass(c, 1).forEach((alone, i) => {
              expect(tf.slice(together[i]!, [0, c], [-1, 1]).dataSync()).toEqual(alone.dataSync());
            });
          }
        });
        tf.dispose([x, filter]);
      }),
      { numRuns: 40 },
    );
  });

  test('padding meets no weight that is not finite', () => {
    const filter = tf.tensor4d(new Float32Array(9 * 8).fill(1).fill(Infinity, 0, 8), [3, 3, 8, 1]);
    const y = tf.depthwiseConv2d(tf.ones<tf.Rank.R4>([1, 4, 4, 8]), filter, 1, 'same').dataSync();
    expect(y[0]).toBe(4);
    expect(y[8 * 5]).toBe(Infinity);
  });
});

function check(example: SlidingCase): void {
  const { image, window, depth, stride, dilation, padding, seed } = example;
  const random = normal(seed);
  expectGradients(
    (x, filter) =>
      tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [...stride], padding, 'NHWC', [...dilation]),
    (x, filter) => depthwiseConv2d(x, filter, example),
    [filled(image, random), filled([...window, image[3], depth], random)],
    random,
  );
}

/** Windows for which there are tiles, over images with many channels. */
function tiledCase(...channels: number[]): fc.Arbitrary<SlidingCase> {
  const stride = fc.constantFrom<[number, number]>([1, 1], [2, 2], [2, 1]);
  return fc.record({
    image: fc.tuple(fc.constantFrom(1, 2), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 5, max: 11 }), fc.constantFrom(...channels)),
    depth: fc.constant(1),
    window: fc.constantFrom<[number, number]>([3, 3], [5, 5], [1, 3], [1, 5]),
    stride,
    dilation: fc.constant<[number, number]>([1, 1]),
    padding: fc.constantFrom('same' as const, 'valid' as const),
    seed: fc.nat(),
  }).filter(({ image, window, padding }) => padding === 'same' || image[1] >= window[0]);
}
