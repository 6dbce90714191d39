import { beforeAll, expect, test } from 'vitest';
import { startBackend } from '../../src/engine/backend.ts';
import { momentsOf, spreadOf } from '../../src/engine/statistics.ts';
import * as tf from '../../src/engine/tf.ts';
import { KnownStatistics } from '../../src/experiment/known-statistics.ts';

beforeAll(() => startBackend('wasm'));

test('what shares its values with a tensor that was seen is not computed again', () => {
  const known = new KnownStatistics();
  const x = tf.randomNormal<tf.Rank.R3>([4, 3, 5]);
  const moments = known.moments(x);
  expect(moments).toEqual(momentsOf(x));
  expect(known.moments(x.reshape([4, 15]))).toBe(moments);
  expect(known.moments(x.clone())).toBe(moments);
  expect(known.spread(x)).toEqual({ std: moments.std, rms: moments.rms });
});

test('other rails, examples or values are', () => {
  const known = new KnownStatistics();
  const x = tf.randomNormal<tf.Rank.R2>([4, 6]);
  known.moments(x);
  expect(known.moments(x, [0, null])).toEqual(momentsOf(x, [0, null]));
  const rows = x.reshape([8, 3]);
  expect(known.moments(rows)).toEqual(momentsOf(rows));
  const other = tf.randomNormal<tf.Rank.R2>([4, 6]);
  expect(known.spread(other)).toEqual(spreadOf(other));
});

test('the spread of what is not finite is unknown', () => {
  const known = new KnownStatistics();
  const x = tf.tensor2d([[1, NaN], [2, 3]]);
  expect(known.moments(x).nonFinite).toBe(1);
  expect(known.spread(x)).toEqual(spreadOf(x));
});
