import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../src/engine/backend.ts';
import { createOptimizer } from '../../src/engine/optimizers.ts';
import type { OptimizerName } from '../../src/engine/update-rule.ts';
import * as tf from '../../src/engine/tf.ts';
import { normal } from './arbitrary.ts';
import { relativeError } from './reference/array.ts';

const RATE = 0.05;
const STEPS = 4;

/** TensorFlow.js's own, which compute each formula by many operations. */
const STOCK: Record<OptimizerName, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(RATE),
  momentum: () => tf.train.momentum(RATE, 0.9),
  adam: () => tf.train.adam(RATE),
  adamax: () => tf.train.adamax(RATE),
  rmsprop: () => tf.train.rmsprop(RATE),
  adagrad: () => tf.train.adagrad(RATE),
};

describe.each(Object.keys(STOCK) as OptimizerName[])('%s', (name) => {
  beforeAll(() => startBackend('wasm'));

  test('takes the steps of TensorFlow.js', () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 19), fc.nat(), (size, seed) => {
        const random = normal(seed);
        const start = Float32Array.from({ length: size }, random);
        const gradients = Array.from({ length: STEPS }, () => Float32Array.from({ length: size }, random));
        expect(relativeError(steps(start, gradients, ours(name)), [...steps(start, gradients, stock(name))])).toBeLessThan(5e-6);
      }),
      { numRuns: 40 },
    );
  });

  test('leaves values alone that share memory with the variable, and frees what it remembers', () => {
    const { numTensors } = tf.memory();
    const stored = tf.tensor1d([1, 2, 3]);
    const variable = tf.variable(stored);
    const optimizer = createOptimizer(name, RATE, [variable]);
    const gradient = tf.ones([3]);
    optimizer.apply({ [variable.name]: gradient });
    expect([...stored.dataSync()]).toEqual([1, 2, 3]);
    expect(variable.dataSync()[0]).toBeLessThan(1);
    const kept = variable.clone();
    const before = [...kept.dataSync()];
    optimizer.apply({ [variable.name]: gradient });
    expect([...kept.dataSync()]).toEqual(before);
    optimizer.dispose();
    tf.dispose([stored, variable, gradient, kept]);
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  test('a gradient that is not finite shows in its own weight only', () => {
    const after = steps(Float32Array.of(1, 1, 1, 1, 1), [Float32Array.of(1, NaN, Infinity, -1, 0)], ours(name));
    expect([0, 3, 4].every((i) => Number.isFinite(after[i]))).toBe(true);
    expect(Number.isFinite(after[1])).toBe(false);
    expect(Number.isFinite(after[2])).toBe(false);
  });
});

type Apply = (variable: tf.Variable, gradients: readonly tf.Tensor[]) => void;

function ours(name: OptimizerName): Apply {
  return (variable, gradients) => {
    const optimizer = createOptimizer(name, RATE, [variable]);
    for (const gradient of gradients) optimizer.apply({ [variable.name]: gradient });
    optimizer.dispose();
  };
}

function stock(name: OptimizerName): Apply {
  return (variable, gradients) => {
    const optimizer = STOCK[name]();
    for (const gradient of gradients) optimizer.applyGradients({ [variable.name]: gradient });
    optimizer.dispose();
  };
}

function steps(start: Float32Array, gradients: readonly Float32Array[], apply: Apply): Float32Array {
  return tf.tidy(() => {
    const variable = tf.variable(tf.tensor1d(start));
    apply(variable, gradients.map((gradient) => tf.tensor1d(gradient)));
    const values = variable.dataSync<'float32'>().slice();
    variable.dispose();
    return values;
  });
}
