import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';

describe('comparisons and logic', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test.each([
    ['greater', (x: tf.Tensor) => tf.greater(x, 1)],
    ['greaterEqual', (x: tf.Tensor) => tf.greaterEqual(x, 1)],
    ['less', (x: tf.Tensor) => tf.less(x, 1)],
    ['lessEqual', (x: tf.Tensor) => tf.lessEqual(x, 1)],
    ['equal', (x: tf.Tensor) => tf.equal(x, 2)],
    ['notEqual', (x: tf.Tensor) => tf.notEqual(x, 2)],
    ['logicalAnd', (x: tf.Tensor) => tf.logicalAnd(tf.greater(x, 1), tf.less(x, 3))],
    ['logicalOr', (x: tf.Tensor) => tf.logicalOr(tf.greater(x, 1), tf.less(x, -1))],
    ['logicalNot', (x: tf.Tensor) => tf.logicalNot(tf.greater(x, 1))],
    ['logicalXor', (x: tf.Tensor) => tf.logicalXor(tf.greater(x, 1), tf.less(x, 3))],
    ['any', (x: tf.Tensor) => tf.any(tf.greater(x, 1), 1, true)],
    ['all', (x: tf.Tensor) => tf.all(tf.greater(x, -4), 1, true)],
  ])('%s chooses, and passes no error on', (_, choose) => {
    const x = tf.tensor2d([[-2, 0.5, 2], [1, 3, -5]]);
    const chosen = tf.cast(choose(x), 'float32');
    const dx = tf.grad((values) => tf.mul(tf.mul(values, 2), tf.cast(choose(values), 'float32')))(x);
    expect([...dx.dataSync()]).toEqual([...tf.mul(2, tf.mul(chosen, tf.onesLike(x))).dataSync()]);
    const branches = tf.grad((values) => tf.where(tf.broadcastTo(choose(values), [2, 3]), tf.square(values), tf.mul(3, values)))(x);
    expect([...branches.dataSync()]).toEqual([...tf.where(tf.broadcastTo(choose(x), [2, 3]), tf.mul(2, x), tf.fill([2, 3], 3)).dataSync()]);
  });
});
