import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal, slidingCase, type SlidingCase } from '../arbitrary.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled, relativeError, toTensor } from '../reference/array.ts';
import { conv2d } from '../reference/sliding.ts';

describe('convolution on wasm', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('output and gradients are those of the reference, strided', () => {
    fc.assert(fc.property(slidingCase({ dilated: false }), check), { numRuns: 60 });
  });

  test('output and gradients are those of the reference, dilated', () => {
    fc.assert(fc.property(slidingCase({ dilated: true }), check), { numRuns: 40 });
  });

  // The windows of fewer are laid out.
  test('output and gradients are those of the reference with eight channels and more', () => {
    const channels = fc.constantFrom(8, 9);
    const examples = fc.tuple(slidingCase({ dilated: false }), channels).map(([example, count]) => ({ ...example, image: example.image.with(3, count) as unknown as SlidingCase['image'] }));
    fc.assert(fc.property(examples, check), { numRuns: 30 });
  }, 60_000);

  describe('with fewer products', () => {
    /** Images whose halves are even and odd, down to a single pixel; channels that fill panels and that do not. */
    const tiled = fc
      .record({
        image: fc.constantFrom([17, 1, 1], [9, 2, 3], [5, 3, 5], [2, 5, 7], [1, 8, 9]),
        channels: fc.constantFrom(8, 12),
        depth: fc.constantFrom(8, 12),
        padding: fc.constantFrom('same' as const, 'valid' as const),
        seed: fc.nat(),
      })
      .filter(({ image, padding }) => padding === 'same' || (image[0] * Math.ceil((image[1] - 2) / 2) * Math.ceil((image[2] - 2) / 2) >= 8 && image[1] > 2 && image[2] > 2))
      .map(({ image, channels, ...rest }): SlidingCase => ({ image: [...image, channels] as unknown as SlidingCase['image'], window: [3, 3], stride: [1, 1], dilation: [1, 1], ...rest }));

    test('output and gradients are those of the reference', () => {
      fc.assert(fc.property(tiled, check), { numRuns: 20 });
    }, 120_000);

    test('sums are rounded in another order than those of windows', () => {
      const random = normal(5);
      tf.tidy(() => {
        const x = toTensor<tf.Rank.R4>(filled([2, 8, 8, 8], random));
        // Nine filters are too odd for tiles.
        const filter = toTensor<tf.Rank.R4>(filled([3, 3, 8, 9], random));
        const windows = tf.slice(tf.conv2d(x, filter, 1, 'same'), [0, 0, 0, 0], [2, 8, 8, 8]).dataSync();
        const tiles = tf.conv2d(x, tf.slice(filter, [0, 0, 0, 0], [3, 3, 8, 8]), 1, 'same').dataSync();
        expect(relativeError(tiles, windows)).toBeLessThan(1e-5);
        expect(tiles).not.toEqual(windows);
      });
    });

    test('what is not finite goes no further than its windows, as it is', () => {
      for (const value of [Infinity, -Infinity, NaN, 3e38]) {
        const run = (filters: number, pad: 'same' | 'valid') =>
          tf.tidy(() => {
            const image = new Float32Array(9 * 9 * 8).fill(1).fill(value, 8 * 40, 8 * 40 + 1);
            const filter = Float32Array.from({ length: 9 * 8 * filters }, (_, index) => 1 + Math.floor(index / (8 * filters)) / 64);
            return tf.conv2d(tf.tensor4d(image, [1, 9, 9, 8]), tf.tensor4d(filter, [3, 3, 8, filters]), 1, pad).dataSync();
          });
        for (const pad of ['same', 'valid'] as const) {
          const [tiles, windows] = [run(8, pad), run(9, pad)];
          for (let at = 0; at < tiles.length / 8; at++) {
            const [tile, window] = [tiles[at * 8]!, windows[at * 9]!];
            expect(Object.is(tile, window) || Math.abs(tile - window) <= 1e-5 * Math.abs(window), `${tile} for ${window}`).toBe(true);
          }
        }
      }
    });

    test('what lies outside of a window does not even round its sum', () => {
      const image = new Float32Array(8 * 8 * 8).fill(0.1, 8 * 36, 8 * 37);
      const random = normal(4);
      tf.tidy(() => {
        const y = tf.conv2d(tf.tensor4d(image, [1, 8, 8, 8]), toTensor<tf.Rank.R4>(filled([3, 3, 8, 8], random)), 1, 'same').dataSync();
        const isMet = (position: number) => Math.abs(Math.floor(position / 8) - 4) <= 1 && Math.abs((position % 8) - 4) <= 1;
        for (let at = 0; at < y.length; at++) if (!isMet(Math.floor(at / 8))) expect(Math.abs(y[at]!)).toBe(0);
      });
    });
  });

  test('laid out or not, sums have the same bits', () => {
    const random = normal(3);
    const draw = (...shape: [number, number, number, number]) => toTensor<tf.Rank.R4>(filled(shape, random));
    tf.tidy(() => {
      // More windows than are laid out at once.
      const x = draw(2, 13, 17, 3);
      const filter = draw(3, 3, 3, 9);
      // Channels of zeros change no sum, but make it one of many channels.
      const many = (tensor: tf.Tensor4D, axis: number) => tf.concat<tf.Tensor4D>([tensor, tf.zeros<tf.Rank.R4>(tensor.shape.with(axis, 6) as typeof tensor.shape)], axis);
      const run = (a: tf.Tensor, b: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 2, 'same');
      const wide: [tf.Tensor4D, tf.Tensor4D] = [many(x, 3), many(filter, 2)];
      expect(run(...wide).dataSync()).toEqual(run(x, filter).dataSync());
      const [, narrowGradient] = tf.grads(run)([x, filter]);
      const [, wideGradient] = tf.grads(run)(wide);
      expect(tf.slice(wideGradient!, [0, 0, 0, 0], [3, 3, 3, 9]).dataSync()).toEqual(narrowGradient!.dataSync());
    });
  });
});

function check(example: SlidingCase): void {
  const { image, window, depth, stride, dilation, padding, seed } = example;
  const random = normal(seed);
  expectGradients(
    (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [...stride], padding, 'NHWC', [...dilation]),
    (x, filter) => conv2d(x, filter, example),
    [filled(image, random), filled([...window, image[3], depth], random)],
    random,
  );
}
