import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { engineGradients } from '../engine-gradients.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled, relativeError, sizeOf, toTensor, type Values } from '../reference/array.ts';

const EPSILON = 1e-3;

const size = fc.constantFrom(1, 2, 3, 5);
const cases = fc.record({
  shape: fc.oneof(fc.tuple(size, size), fc.tuple(size, size, size), fc.tuple(size, size, size, size)),
  parameters: fc.constantFrom('per channel' as const, 'per channel, channels first' as const, 'per element' as const),
  scale: fc.boolean(),
  offset: fc.boolean(),
  seed: fc.nat(),
});

describe('batch normalization on wasm', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('output and all gradients are those of the reference, with and without scale and offset', () => {
    fc.assert(
      fc.property(cases, ({ shape, parameters, scale, offset, seed }) => {
        const random = normal(seed);
        const parameterShape = {
          'per channel': [shape.at(-1)!],
          'per channel, channels first': shape.map((length, axis) => (axis === 1 ? length : 1)),
          'per element': [...shape],
        }[parameters];
        const x = filled(shape, random);
        const mean = filled(parameterShape, random);
        const variance = filled(parameterShape, () => 0.3 + random() ** 2);
        const others = [...(scale ? ['scale'] : []), ...(offset ? ['offset'] : [])];
        const named = (inputs: readonly unknown[]) => Object.fromEntries(others.map((name, i) => [name, inputs[i]]));
        expectGradients(
          (...[a, m, v, ...rest]) => {
            const given = named(rest) as { scale?: tf.Tensor; offset?: tf.Tensor };
            return tf.batchNorm(a!, m as tf.Tensor1D, v as tf.Tensor1D, given.offset, given.scale, EPSILON);
          },
          (...[a, m, v, ...rest]) => batchNorm(a!, m!, v!, named(rest)),
          [x, mean, variance, ...others.map(() => filled(parameterShape, random))],
          random,
          1e-4,
        );
      }),
      { numRuns: 100 },
    );
  });

  test('gradients keep their digits where the mean is far larger than the spread', () => {
    const random = normal(1);
    const x = filled([64, 2], () => 1000 + random());
    const weights = filled([64, 2], random);
    const expected = [0, 1].map((channel) =>
      x.data.reduce((sum, value, i) => (i % 2 === channel ? sum + weights.data[i]! * (value - 1000) : sum), 0),
    );
    const scaled = (scale: tf.Tensor) =>
      tf.batchNorm(toTensor<tf.Rank.R2>(x), tf.tensor1d([1000, 1000]), tf.ones<tf.Rank.R1>([2]), undefined, scale as tf.Tensor1D, 0);
    const { gradients } = engineGradients(scaled, [{ shape: [2], data: Float64Array.of(1, 1) }], weights);
    expect(relativeError(gradients[0]!, expected)).toBeLessThan(1e-6);
  });
});

function batchNorm(x: Values, mean: Values, variance: Values, { scale, offset }: { scale?: Values; offset?: Values }): Values {
  const data = x.data.map((value, i) => {
    const p = parameterIndex(i, x.shape, mean.shape);
    const normalized = (value - mean.data[p]!) / Math.sqrt(variance.data[p]! + EPSILON);
    return normalized * (scale?.data[p] ?? 1) + (offset?.data[p] ?? 0);
  });
  return { shape: x.shape, data };
}

/** Which parameter belongs to an element: shapes are aligned at their last axes, sizes of 1 are shared. */
function parameterIndex(element: number, shape: readonly number[], parameterShape: readonly number[]): number {
  let index = 0;
  parameterShape.forEach((length, axis) => {
    const own = shape.length - parameterShape.length + axis;
    const position = Math.floor(element / sizeOf(shape.slice(own + 1))) % shape[own]!;
    index = index * length + (length === 1 ? 0 : position);
  });
  return index;
}
