import fc from 'fast-check';
import { beforeAll, describe, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled, type Values, zeros } from '../reference/array.ts';
import { at, computed, indicesOf } from '../reference/indices.ts';

const side = fc.constantFrom(1, 2, 3, 5);
const seed = fc.nat();

/** What to take along one axis: every so many elements of a range, forward or backward, or one element alone. */
const pick = side.chain((size) =>
  fc.record({
    size: fc.constant(size),
    first: fc.nat({ max: size - 1 }),
    count: fc.integer({ min: 1, max: size }),
    stride: fc.constantFrom(1, 2, -1, -2),
    alone: fc.boolean(),
  }),
);

describe('selections', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('strided slice', () => {
    fc.assert(
      fc.property(fc.array(pick, { minLength: 1, maxLength: 3 }), seed, (picks, seed) => {
        const random = normal(seed);
        const axes = picks.map(({ size, first, count, stride }) => {
          const last = Math.min(size - 1, Math.max(0, first + (count - 1) * stride));
          return { first, stride, length: Math.floor((last - first) / stride) + 1, end: last + Math.sign(stride), size };
        });
        // An end before the first element cannot be written as a number: a bit of the mask says it.
        const endMask = axes.reduce((mask, { end }, axis) => mask | (end < 0 ? 1 << axis : 0), 0);
        expectGradients(
          (x) => tf.stridedSlice(x, axes.map(({ first }) => first), axes.map(({ end }) => end), axes.map(({ stride }) => stride), 0, endMask),
          (x) => computed(axes.map(({ length }) => length), (index) => at(x, index.map((i, axis) => axes[axis]!.first + i * axes[axis]!.stride))),
          [filled(axes.map(({ size }) => size), random)],
          random,
        );
      }),
      { numRuns: 60 },
    );
  });

  test('strided slice with single elements and new axes', () => {
    const random = normal(3);
    expectGradients(
      // x[:, newaxis, 1, ::2]
      (x) => tf.stridedSlice(x, [0, 0, 1, 0], [0, 0, 2, 5], [1, 1, 1, 2], 1, 1, 0, 2, 4),
      (x) => computed([2, 1, 3], ([i, , k]) => at(x, [i!, 1, 2 * k!])),
      [filled([2, 3, 5], random)],
      random,
    );
  });

  test('mirrored padding', () => {
    const axis = fc.record({ size: side, before: fc.nat({ max: 4 }), after: fc.nat({ max: 4 }) });
    fc.assert(
      fc.property(fc.array(axis, { minLength: 1, maxLength: 4 }), fc.constantFrom('reflect' as const, 'symmetric' as const), seed, (axes, mode, seed) => {
        const random = normal(seed);
        const edge = mode === 'symmetric' ? 1 : 0;
        const limited = axes.map(({ size, before, after }) => ({ size, before: Math.min(before, size - 1 + edge), after: Math.min(after, size - 1 + edge) }));
        expectGradients(
          (x) => tf.mirrorPad(x, limited.map(({ before, after }) => [before, after]), mode),
          (x) =>
            computed(limited.map(({ size, before, after }) => before + size + after), (index) =>
              at(x, index.map((i, axis) => {
                const { size, before } = limited[axis]!;
                const place = i - before < 0 ? before - i - edge : i - before;
                return place < size ? place : 2 * (size - 1) + edge - place;
              })),
            ),
          [filled(limited.map(({ size }) => size), random)],
          random,
        );
      }),
      { numRuns: 60 },
    );
  });

  test('tiling, of five axes too', () => {
    const axis = fc.record({ size: fc.constantFrom(1, 2, 3), times: fc.constantFrom(1, 2, 3) });
    fc.assert(
      fc.property(fc.array(axis, { minLength: 1, maxLength: 5 }), seed, (axes, seed) => {
        const random = normal(seed);
        expectGradients(
          (x) => tf.tile(x, axes.map(({ times }) => times)),
          (x) => computed(axes.map(({ size, times }) => size * times), (index) => at(x, index.map((i, axis) => i % axes[axis]!.size))),
          [filled(axes.map(({ size }) => size), random)],
          random,
        );
      }),
      { numRuns: 40 },
    );
  });

  test('gathering and scattering by indices', () => {
    const places = fc.array(fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 3 })), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(places, fc.constantFrom([], [2]), seed, (places, rest, seed) => {
        const random = normal(seed);
        const indices = tf.tensor2d(places, undefined, 'int32');
        expectGradients(
          (x) => tf.gatherND(x, indices),
          (x) => computed([places.length, ...rest], ([i, ...inner]) => at(x, [...places[i!]!, ...inner])),
          [filled([3, 4, ...rest], random)],
          random,
        );
        expectGradients(
          (updates) => tf.scatterND(indices, updates, [3, 4, ...rest]),
          (updates) => scattered(zeros([3, 4, ...rest]), updates, places, (old, update) => old + update),
          [filled([places.length, ...rest], random)],
          random,
        );
      }),
      { numRuns: 40 },
    );
  });

  test('picking rows of each sample, on whichever axis', () => {
    const random = normal(16);
    const indices = [[2, 0, 2, 2], [1, 1, 0, 2]];
    for (const axis of [1, 2, 3]) {
      expectGradients(
        (x) => tf.gather(x, tf.tensor2d(indices, [2, 4], 'int32'), axis, 1),
        (x) => computed([2, 3, 3, 3].with(axis, 4), (index) => at(x, index.with(axis, indices[index[0]!]![index[axis]!]!))),
        [filled([2, 3, 3, 3], random)],
        random,
      );
    }
    expectGradients(
      (x) => tf.gather(x, tf.tensor3d(indices.flat(), [2, 1, 4], 'int32'), 2, 2),
      (x) => computed([2, 1, 4, 3], (index) => at(x, index.with(2, indices[index[0]!]![index[2]!]!))),
      [filled([2, 1, 3, 3], random)],
      random,
    );
  });

  test('overwriting by indices', () => {
    const places = fc.uniqueArray(fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 3 })), { minLength: 1, maxLength: 5, selector: String });
    fc.assert(
      fc.property(places, seed, (places, seed) => {
        const random = normal(seed);
        const indices = tf.tensor2d(places, undefined, 'int32');
        expectGradients(
          (x, updates) => tf.tensorScatterUpdate(x, indices, updates),
          (x, updates) => scattered(x, updates, places, (_, update) => update),
          [filled([3, 4], random), filled([places.length], random)],
          random,
        );
      }),
      { numRuns: 30 },
    );
  });

  test('channels to blocks of pixels', () => {
    fc.assert(
      fc.property(side, side, fc.constantFrom(2, 3), fc.constantFrom(1, 2), seed, (height, width, block, channels, seed) => {
        const random = normal(seed);
        expectGradients(
          (x) => tf.depthToSpace(x as tf.Tensor4D, block, 'NHWC'),
          (x) =>
            computed([2, height * block, width * block, channels], ([n, y, x2, c]) =>
              at(x, [n!, Math.floor(y! / block), Math.floor(x2! / block), ((y! % block) * block + (x2! % block)) * channels + c!]),
            ),
          [filled([2, height, width, block * block * channels], random)],
          random,
        );
        expectGradients(
          (x) => tf.depthToSpace(x as tf.Tensor4D, block, 'NCHW'),
          (x) =>
            computed([2, channels, height * block, width * block], ([n, c, y, x2]) =>
              at(x, [n!, ((y! % block) * block + (x2! % block)) * channels + c!, Math.floor(y! / block), Math.floor(x2! / block)]),
            ),
          [filled([2, block * block * channels, height, width], random)],
          random,
        );
      }),
      { numRuns: 30 },
    );
  });
});

function scattered(x: Values, updates: Values, places: readonly (readonly number[])[], write: (old: number, update: number) => number): Values {
  const result: Values = { shape: x.shape, data: x.data.slice() };
  const rest = updates.shape.slice(1);
  places.forEach((place, i) => {
    for (const inner of indicesOf(rest)) {
      const index = [...place, ...inner];
      const offset = index.reduce((sum, j, axis) => sum * x.shape[axis]! + j, 0);
      result.data[offset] = write(result.data[offset]!, at(updates, [i, ...inner]));
    }
  });
  return result;
}
