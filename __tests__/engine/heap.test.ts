import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../src/engine/backend.ts';
import { tensorOf, view } from '../../src/engine/heap.ts';
import * as tf from '../../src/engine/tf.ts';

describe.each(['wasm', 'cpu'] as const)('the values of a tensor on %s', (backend) => {
  beforeAll(async () => {
    await startBackend(backend);
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

describe('on wasm', () => {
  test('a view is no copy, and a tensor that was made on another backend comes along', async () => {
    await startBackend('cpu');
    const x = tf.tensor1d([1, 2]);
    await startBackend('wasm');
    expect([...view(x)]).toEqual([1, 2]);
    expect(view(x).buffer).toBe(view(tf.tensor1d([3])).buffer);
  });
});
