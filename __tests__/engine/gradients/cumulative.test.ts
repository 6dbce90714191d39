import fc from 'fast-check';
import { beforeAll, describe, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled, type Values } from '../reference/array.ts';
import { at, computed } from '../reference/indices.ts';

const shape = fc.array(fc.constantFrom(1, 2, 3, 5), { minLength: 1, maxLength: 4 });

describe('cumulative operations', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test.each([
    ['sum', tf.cumsum, 0, (a: number, b: number) => a + b],
    ['product', tf.cumprod, 1, (a: number, b: number) => a * b],
  ] as const)('%s and its gradient are those of the reference, on every axis', (_, operation, start, join) => {
    fc.assert(
      fc.property(shape, fc.nat({ max: 3 }), fc.boolean(), fc.boolean(), fc.boolean(), fc.nat(), (shape, nth, exclusive, reverse, withZeros, seed) => {
        const random = normal(seed);
        const axis = nth % shape.length;
        // Products with zeros: a gradient that divides by the element would not be finite.
        const x = filled(shape, () => (withZeros && random() > 1 ? 0 : random()));
        expectGradients(
          (tensor) => operation(tensor, axis, exclusive, reverse),
          (values) => cumulative(values, axis, exclusive, reverse, start, join),
          [x],
          random,
        );
      }),
      { numRuns: 80 },
    );
  });
});

function cumulative(x: Values, axis: number, exclusive: boolean, reverse: boolean, start: number, join: (a: number, b: number) => number): Values {
  return computed(x.shape, (index) => {
    let result = start;
    for (let i = 0; i < x.shape[axis]!; i++) {
      const before = reverse ? i > index[axis]! : i < index[axis]!;
      if (before || (!exclusive && i === index[axis])) result = join(result, at(x, index.with(axis, i)));
    }
    return result;
  });
}
