import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal, slidingCase, type SlidingCase } from '../arbitrary.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled, toTensor } from '../reference/array.ts';
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
