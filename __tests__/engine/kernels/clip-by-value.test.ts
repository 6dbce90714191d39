import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';

describe('clipping on wasm', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('the error passes inside the limits and on them, and nowhere else', () => {
    const x = tf.tensor1d([-2, 0, 1e-30, 3, 6, 6.000001, Number.NaN, Number.POSITIVE_INFINITY]);
    const dx = tf.grad((values) => tf.mul(tf.clipByValue(values, 0, 6), tf.range(1, 9)))(x);
    expect([...dx.dataSync()]).toEqual([0, 2, 3, 4, 5, 0, 0, 0]);
  });
});
