import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';

describe('strided slice', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('a single element along one axis, strides along the next', () => {
    const x = tf.reshape(tf.range(0, 12), [3, 4]);
    // x[1, ::2] and x[::2, 1]
    expect(tf.stridedSlice(x, [1, 0], [2, 4], [1, 2], 0, 0, 0, 0, 1).arraySync()).toEqual([4, 6]);
    expect(tf.stridedSlice(x, [0, 1], [3, 2], [2, 1], 0, 0, 0, 0, 2).arraySync()).toEqual([1, 9]);
  });
});
