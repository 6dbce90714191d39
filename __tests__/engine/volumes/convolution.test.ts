import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { engineGradients } from '../engine-gradients.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled, relativeError, sizeOf, type Values, zeros } from '../reference/array.ts';
import { numericGradient } from '../reference/finite-differences.ts';
import { alongSide, conv3d } from '../reference/volumes.ts';
import { volumeCase, type VolumeCase } from './sliding-volume.ts';

describe('convolution of volumes', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('output and gradients are those of the reference, strided', () => {
    fc.assert(fc.property(volumeCase({ dilated: false }), check), { numRuns: 50 });
  });

  test('output and gradients are those of the reference, dilated', () => {
    fc.assert(fc.property(volumeCase({ dilated: true }), check), { numRuns: 25 });
  });

  test('the transposed one is the transpose of the plain one, and so are its gradients', () => {
    fc.assert(
      fc.property(volumeCase({ dilated: false }), (example) => {
        const { volume, window, filters, stride, padding, seed } = example;
        const random = normal(seed);
        const small = [volume[0], ...([0, 1, 2] as const).map((axis) => alongSide(volume[axis + 1]!, axis, example)[0]), filters];
        const [y, filter] = [filled(small, random), filled([...window, volume[4], filters], random)];
        const weights = filled(volume, random);
        const { value, gradients } = engineGradients(
          (small, kernel) => tf.conv3dTranspose(small as tf.Tensor5D, kernel as tf.Tensor5D, [...volume], [...stride], padding),
          [y, filter],
          weights,
        );
        // <transposed(y), w> = <y, conv(w)>: the derivative of that by w gives the output, by y and the filter the gradients.
        const product = (w: Values, kernel: Values, by: Values) => conv3d(w, kernel, example).data.reduce((sum, z, i) => sum + z * by.data[i]!, 0);
        const scalar = (f: (x: Values) => number) => (x: Values): Values => ({ shape: [], data: Float64Array.of(f(x)) });
        const one: Values = { shape: [], data: Float64Array.of(1) };
        expect(relativeError(value, numericGradient(scalar((w) => product(w, filter, y)), zeros(volume), one))).toBeLessThan(1e-5);
        expect(relativeError(gradients[0]!, conv3d(weights, filter, example).data)).toBeLessThan(1e-5);
        expect(relativeError(gradients[1]!, numericGradient(scalar((kernel) => product(weights, kernel, y)), filter, one))).toBeLessThan(1e-5);
      }),
      { numRuns: 25 },
    );
  });

  test('more than is unfolded at a time gives the same', () => {
    const random = normal(5);
    // 27 taps of 8 channels for each of 24 * 24 * 24 places, twice: 6 million values.
    const [x, filter] = [filled([2, 24, 24, 24, 8], random), filled([3, 3, 3, 8, 2], random)];
    const run = (values: Values) => tf.conv3d(tensor(values), tensor(filter), 1, 'same');
    const halves = [0, 1].map((n) => ({ shape: [1, ...x.shape.slice(1)], data: x.data.slice((n * sizeOf(x.shape)) / 2, ((n + 1) * sizeOf(x.shape)) / 2) }));
    const [whole, parts] = tf.tidy(() => [run(x).dataSync(), tf.concat(halves.map(run)).dataSync()]);
    expect(relativeError(whole, parts)).toBeLessThan(1e-6);
  });

  test('an empty batch gives an empty output and gradients of 0', () => {
    const filter = tf.ones<tf.Rank.R5>([2, 2, 2, 1, 3]);
    const x = tf.zeros<tf.Rank.R5>([0, 3, 3, 3, 1]);
    expect(tf.conv3d(x, filter, 1, 'same').shape).toEqual([0, 3, 3, 3, 3]);
    const df = tf.grad((kernel) => tf.sum(tf.conv3d(x, kernel as tf.Tensor5D, 1, 'same')))(filter);
    expect(Math.max(...df.dataSync())).toBe(0);
  });

  test('what is not finite reaches the windows that meet it, and no other', () => {
    const x = tf.buffer<tf.Rank.R5>([1, 1, 1, 5, 1]);
    x.set(Number.POSITIVE_INFINITY, 0, 0, 0, 1, 0);
    const y = tf.conv3d(x.toTensor(), tf.tensor5d([1, -1], [1, 1, 2, 1, 1]), 1, 'valid').dataSync();
    expect([...y]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0]);
  });
});

function check(example: VolumeCase): void {
  const { volume, window, filters, stride, dilation, padding, seed } = example;
  const random = normal(seed);
  expectGradients(
    (x, filter) => tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, [...stride], padding, 'NDHWC', [...dilation]),
    (x, filter) => conv3d(x, filter, example),
    [filled(volume, random), filled([...window, volume[4], filters], random)],
    random,
  );
}

function tensor({ shape, data }: Values): tf.Tensor5D {
  return tf.tensor(Float32Array.from(data), shape as tf.Tensor5D['shape']);
}
