import fc from 'fast-check';
import { beforeAll, describe, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled } from '../reference/array.ts';
import { at, computed } from '../reference/indices.ts';

describe('ReLU with learned slopes', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('output and gradients are those of the reference, along whichever axes slopes are shared', () => {
    const axis = fc.record({ size: fc.constantFrom(1, 2, 3, 5), shared: fc.boolean() });
    fc.assert(
      fc.property(fc.array(axis, { minLength: 1, maxLength: 4 }), fc.nat(), (axes, seed) => {
        const random = normal(seed);
        const shape = axes.map(({ size }) => size);
        const slopes = axes.map(({ size, shared }) => (shared ? 1 : size));
        // No step of a finite difference crosses 0.
        const away = () => {
          const x = random();
          return x + Math.sign(x) / 16;
        };
        expectGradients(
          (x, alpha) => tf.prelu(x, alpha),
          (x, alpha) => computed(shape, (index) => (at(x, index) > 0 ? 1 : at(alpha, index)) * at(x, index)),
          [filled(shape, away), filled(slopes, random)],
          random,
        );
      }),
      { numRuns: 60 },
    );
  });
});
