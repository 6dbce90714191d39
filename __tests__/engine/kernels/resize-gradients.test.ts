import fc from 'fast-check';
import { beforeAll, describe, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled } from '../reference/array.ts';
import { at, computed } from '../reference/indices.ts';

interface Sampling {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** Where the pixels of an axis are read from. */
const SAMPLINGS: readonly [string, Sampling][] = [
  ['with half-pixel centres', { alignCorners: false, halfPixelCenters: true }],
  ['with corners aligned', { alignCorners: true, halfPixelCenters: false }],
  ['from the corner', { alignCorners: false, halfPixelCenters: false }],
];

const side = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 13);
const example = fc.record({ batch: fc.constantFrom(1, 2), from: fc.tuple(side, side), to: fc.tuple(side, side), channels: fc.constantFrom(1, 3), seed: fc.nat() });

describe.each(SAMPLINGS)('resizing images %s', (_, sampling) => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('bilinear: output and gradient are those of the reference', () => {
    fc.assert(
      fc.property(example, ({ batch, from, to, channels, seed }) => {
        const random = normal(seed);
        expectGradients(
          (x) => tf.image.resizeBilinear(x as tf.Tensor4D, to, sampling.alignCorners, sampling.halfPixelCenters),
          (x) =>
            computed([batch, ...to, channels], ([n, i, j, c]) => {
              const [rows, columns] = [between(i!, from[0], to[0], sampling), between(j!, from[1], to[1], sampling)];
              return rows.reduce((sum, row) => sum + columns.reduce((s, column) => s + row.share * column.share * at(x, [n!, row.place, column.place, c!]), 0), 0);
            }),
          [filled([batch, ...from, channels], random)],
          random,
        );
      }),
      { numRuns: 50 },
    );
  });

  test('nearest neighbour: output and gradient are those of the reference', () => {
    fc.assert(
      fc.property(example, ({ batch, from, to, channels, seed }) => {
        const random = normal(seed);
        expectGradients(
          (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, to, sampling.alignCorners, sampling.halfPixelCenters),
          (x) => computed([batch, ...to, channels], ([n, i, j, c]) => at(x, [n!, nearest(i!, from[0], to[0], sampling), nearest(j!, from[1], to[1], sampling), c!])),
          [filled([batch, ...from, channels], random)],
          random,
        );
      }),
      { numRuns: 50 },
    );
  });
});

/** Where pixel `i` of `to` lies among `from` pixels, in exact steps of 1 / (2 * to). */
function place(i: number, from: number, to: number, { alignCorners, halfPixelCenters }: Sampling): number {
  if (alignCorners && to > 1) return (i * (from - 1)) / (to - 1);
  return halfPixelCenters ? ((2 * i + 1) * from) / (2 * to) - 0.5 : (i * from) / to;
}

function between(i: number, from: number, to: number, sampling: Sampling): { place: number; share: number }[] {
  const x = Math.min(from - 1, Math.max(0, place(i, from, to, sampling)));
  const lower = Math.floor(x);
  return [
    { place: lower, share: 1 - (x - lower) },
    { place: Math.min(from - 1, lower + 1), share: x - lower },
  ];
}

function nearest(i: number, from: number, to: number, sampling: Sampling): number {
  const x = place(i, from, to, sampling);
  // Half-pixel centres ask which pixel, a square, the centre lies in.
  return Math.min(from - 1, sampling.alignCorners ? Math.round(x) : Math.floor(sampling.halfPixelCenters ? x + 0.5 : x));
}
