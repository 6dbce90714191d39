import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../src/engine/backend.ts';
import { randomOf, shuffled, withSeed } from '../../src/engine/seeding.ts';
import * as tf from '../../src/engine/tf.ts';

describe('randomOf', () => {
  test('is sfc32 on the SHA-256 of seed and role', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), (seed, role) => {
        const random = randomOf(seed, role);
        const reference = sfc32(createHash('sha256').update(`${seed}/${role}`).digest());
        for (let i = 0; i < 50; i++) expect(random() * 2 ** 32).toBe(Number(reference()));
      }),
    );
  });

  test('numbers of neighbouring seeds and roles are uniform and unrelated', () => {
    const n = 4096;
    const firsts = (role: string) => Array.from({ length: n }, (_, seed) => randomOf(seed, role)());
    const [a, b] = [firsts('order/1'), firsts('order/2')];
    const counts = new Float64Array(64);
    a.forEach((value, i) => counts[Math.floor(value * 8) * 8 + Math.floor(b[i]! * 8)]!++);
    const chiSquare = counts.reduce((sum, count) => sum + (count - n / 64) ** 2 / (n / 64), 0);
    // 63 degrees of freedom: .001 and .999 quantiles of the distribution.
    expect(chiSquare).toBeGreaterThan(32.5);
    expect(chiSquare).toBeLessThan(103.4);
  });
});

describe('withSeed', () => {
  test('gives Math.random back, also after an error, and nests', () => {
    const { random } = Math;
    expect(() => withSeed(1, 'a', () => { throw new Error('inside'); })).toThrow('inside');
    expect(Math.random).toBe(random);
    const drawn = withSeed(1, 'a', () => [Math.random(), withSeed(2, 'b', () => Math.random()), Math.random()]);
    const own = randomOf(1, 'a');
    expect(drawn).toEqual([own(), randomOf(2, 'b')(), own()]);
    expect(Math.random).toBe(random);
  });

  test('refuses what goes on after it returns', () => {
    expect(() => withSeed(1, 'a', () => Promise.resolve())).toThrow('synchronous');
  });
});

describe('shuffled', () => {
  test('is a permutation that depends on the generator alone', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(), (n, seed) => {
        const order = shuffled(n, randomOf(seed, 'order'));
        expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
        expect(shuffled(n, randomOf(seed, 'order'))).toEqual(order);
      }),
    );
  });

  test('reaches all orders equally often', () => {
    const counts = new Map<string, number>();
    const random = randomOf(1, 'orders');
    for (let i = 0; i < 2400; i++) {
      const key = shuffled(4, random).join('');
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
    // .999 quantile at 23 degrees of freedom.
    expect(chiSquare).toBeLessThan(49.7);
  });
});

describe('dropout', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('masks depend on seed, role and step alone, and differ between steps', () => {
    const layer = tf.layers.dropout({ rate: 0.5 });
    const mask = (seed: number, step: number) =>
      withSeed(seed, `training/${step}/dropout`, () => tf.tidy(() => (layer.apply(tf.ones([64]), { training: true }) as tf.Tensor).dataSync().join('')));
    const [first, second] = [mask(1, 0), mask(1, 1)];
    Math.random();
    expect(mask(1, 0)).toBe(first);
    expect(mask(1, 1)).toBe(second);
    expect(new Set([first, second, mask(2, 0), mask(2, 1)]).size).toBe(4);
  });

  test('a seed of the layer itself draws the same mask at every step', () => {
    const layer = tf.layers.dropout({ rate: 0.5, seed: 3 });
    const mask = (step: number) => withSeed(1, `${step}`, () => (layer.apply(tf.ones([64]), { training: true }) as tf.Tensor).dataSync());
    expect(mask(0)).toEqual(mask(1));
  });
});

/** Another transcription of PractRand's sfc32, on integers without limit. */
function sfc32(state: Buffer): () => bigint {
  const mask = (1n << 32n) - 1n;
  let [a, b, c, counter] = [BigInt(state.readUInt32LE(0)), BigInt(state.readUInt32LE(4)), BigInt(state.readUInt32LE(8)), 1n];
  return () => {
    const sum = (a + b + counter++) & mask;
    [a, b, c] = [b ^ (b >> 9n), (c + (c << 3n)) & mask, ((((c << 21n) & mask) | (c >> 11n)) + sum) & mask];
    return sum;
  };
}
