import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import { view } from '../../../src/engine/heap.ts';
import * as tf from '../../../src/engine/tf.ts';

describe('cloning on wasm', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('shares memory, and either may go first', () => {
    for (const first of [0, 1]) {
      const { numTensors, numDataBuffers } = tf.memory();
      const original = tf.tensor1d([1, 2, 3]);
      const both = [original, original.clone()];
      expect(view(both[0]!).byteOffset).toBe(view(both[1]!).byteOffset);
      both[first]!.dispose();
      // Would take the memory, were it free.
      const other = tf.tensor1d([7, 8, 9]);
      expect([...both[1 - first]!.dataSync()]).toEqual([1, 2, 3]);
      tf.dispose([...both, other]);
      expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    }
  });

  test('a variable keeps its value when the tensor it was assigned goes', () => {
    const variable = tf.variable(tf.zeros([2]));
    const value = tf.tensor1d([4, 5]);
    variable.assign(value.clone());
    value.dispose();
    expect([...variable.dataSync()]).toEqual([4, 5]);
    variable.dispose();
  });

  test('works for strings', () => {
    const clone = tf.tidy(() => tf.tensor1d(['a', 'b']).clone());
    expect(clone.dataSync<'string'>()).toEqual(['a', 'b']);
    clone.dispose();
  });
});
