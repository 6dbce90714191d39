import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../src/engine/backend.ts';
import { momentsOf, spreadOf } from '../../src/engine/statistics.ts';
import * as tf from '../../src/engine/tf.ts';
import { moments, spread } from '../../src/stats/moments.ts';
import { normal } from './arbitrary.ts';

const tensors = fc.record({
  examples: fc.constantFrom(1, 2, 3, 4, 5, 32),
  positions: fc.constantFrom(1, 2, 3, 4, 5, 7, 511, 512, 513, 1030),
  mean: fc.constantFrom(0, 1000, -3e4),
  scale: fc.constantFrom(1e-30, 1e-18, 1, 1e4, 1e25),
  rectified: fc.boolean(),
  seed: fc.nat(),
});

describe('statistics of a tensor', () => {
  beforeAll(() => startBackend('wasm'));

  test('are those of plain loops in double precision', () => {
    fc.assert(
      fc.property(tensors, ({ examples, positions, mean, scale, rectified, seed }) => {
        const random = normal(seed);
        const draw = () => mean + scale * random();
        const values = Float32Array.from({ length: examples * positions }, () => (rectified ? Math.max(0, draw()) : draw()));
        const rails = rectified ? ([0, mean + scale] as const) : ([null, null] as const);
        const { histogram, ...figures } = momentsOf(tf.tensor(values, [examples, positions]), rails);
        const { histogram: expected, ...others } = moments(values, { examples, rails });
        expect(histogram).toEqual(expected);
        for (const [name, value] of Object.entries(others)) expectClose(figures[name as keyof typeof figures], value, values);
      }),
      { numRuns: 150 },
    );
  });

  test('leave out, and count, what is not finite', () => {
    const values = Float32Array.of(1, NaN, 3, Infinity, 5, -Infinity);
    expect(momentsOf(tf.tensor(values, [3, 2]))).toEqual(moments(values, { examples: 3 }));
  });

  test('spread is about the last axis where there is an offset', () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 5, 64), fc.constantFrom(1, 3, 4, 5, 17), fc.nat(), (rows, columns, seed) => {
        const random = normal(seed);
        const offset = Float32Array.from({ length: columns }, () => 100 * random());
        const values = Float32Array.from({ length: rows * columns }, (_, i) => random() + offset[i % columns]!);
        const plain = spread(Float32Array.from(values, (value, i) => value - offset[i % columns]!));
        const ours = spreadOf(tf.tensor(values, [rows, columns]), tf.tensor1d(offset));
        expect(ours.std).toBeCloseTo(plain.std, 4);
        expect(ours.rms).toBeCloseTo(plain.rms, 4);
        expect(spreadOf(tf.tensor(values, [rows, columns])).std / (spread(values).std || 1)).toBeCloseTo(spread(values).std ? 1 : 0, 9);
      }),
      { numRuns: 60 },
    );
  });
});

/** Equal up to the rounding of differences from the first value to single precision, and of values to double. */
function expectClose(actual: number | readonly number[], expected: number | readonly number[], values: Float32Array): void {
  const largest = (of: Float32Array) => of.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const tolerance = 1e-7 * largest(values.map((value) => value - values[0]!)) + 1e-12 * largest(values);
  const [xs, ys] = [[actual].flat(), [expected].flat()];
  xs.forEach((x, i) => {
    expect(Math.abs(x - ys[i]!)).toBeLessThanOrEqual(tolerance + 1e-7 * Math.abs(ys[i]!));
  });
}
