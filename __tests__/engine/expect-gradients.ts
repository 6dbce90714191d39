import { expect } from 'vitest';

import type * as tf from '../../src/engine/tf.ts';
import { engineGradients } from './engine-gradients.ts';
import { filled, relativeError, type Values } from './reference/array.ts';
import { numericGradient } from './reference/finite-differences.ts';

/**
 * Expects the engine to compute what the reference does, and its gradient by every input to be the reference's
 * central difference, for weights of the outputs that `random` draws.
 */
export function expectGradients(
  engine: (...inputs: tf.Tensor[]) => tf.Tensor,
  reference: (...inputs: Values[]) => Values,
  inputs: readonly Values[],
  random: () => number,
  tolerance = 1e-5,
): void {
  const expected = reference(...inputs);
  const weights = filled(expected.shape, random);
  const { value, gradients } = engineGradients(engine, inputs, weights);
  expect(relativeError(value, expected.data)).toBeLessThan(tolerance);
  inputs.forEach((input, index) => {
    const moved = (x: Values) => reference(...inputs.with(index, x));
    expect(relativeError(gradients[index]!, numericGradient(moved, input, weights))).toBeLessThan(tolerance);
  });
}
