import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../src/engine/backend.ts';
import { tensorOf, view } from '../../src/engine/heap.ts';
import * as tf from '../../src/engine/tf.ts';

describe('the values of a tensor on wasm', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('can be viewed in row-major order', () => {
    expect([...view(tf.tensor2d([[1, 2], [3, 4]]))]).toEqual([1, 2, 3, 4]);
    expect(() => view(tf.tensor1d([1], 'int32'))).toThrow('int32');
  });

  test('can be computed in place from those of others', () => {
    const { numTensors } = tf.memory();
    const x = tf.tensor1d([1, 2, 3]);
    const squares = tensorOf<tf.Rank.R1>([3], (values) => {
      view(x).forEach((value, i) => (values[i] = value ** 2));
    });
    expect(squares.arraySync()).toEqual([1, 4, 9]);
    tf.dispose([x, squares]);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
