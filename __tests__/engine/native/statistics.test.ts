import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import { hasOperations } from '../../../src/engine/native/operations.ts';
import { inScope } from '../../../src/engine/scope.ts';
import { deadShare, momentsOf, type Rails, spreadOf } from '../../../src/engine/statistics.ts';
import * as tf from '../../../src/engine/tf.ts';
import { cacheIn, nativeFolder } from '../../../src/native/cache.ts';
import { locateNative } from '../../../src/native/locate.ts';
import { normal } from '../arbitrary.ts';
import { nativeObstacle, onNative } from './native-here.ts';

const tensors = fc.record({
  examples: fc.constantFrom(1, 3, 4, 5, 9, 32),
  positions: fc.constantFrom(1, 3, 7, 8, 9, 511, 512, 513, 1030),
  mean: fc.constantFrom(0, 1000),
  rails: fc.constantFrom<Rails>([null, null], [0, null], [0, 6], [-0.97, 0.97]),
  seed: fc.nat(),
});

describe.skipIf(nativeObstacle !== null)(onNative('statistics on the native backend'), () => {
  beforeAll(async () => {
    await startBackend('wasm');
    await startBackend('native');
  });

  /** What is computed of the same values on both. */
  async function onBoth<T>(compute: () => T): Promise<[wasm: T, native: T]> {
    await startBackend('wasm');
    const wasm = inScope(compute);
    await startBackend('native');
    return [wasm, inScope(compute)];
  }

  test('are computed in place where the package is ours', () => {
    expect(hasOperations()).toBe(locateNative(process.cwd(), cacheIn(nativeFolder())).origin === 'cache');
  });

  test('have the bits of those on WebAssembly', async () => {
    await fc.assert(
      fc.asyncProperty(tensors, async ({ examples, positions, mean, rails, seed }) => {
        const random = normal(seed);
        const values = Float32Array.from({ length: examples * positions }, () => Math.max(rails[0] === 0 ? 0 : -Infinity, mean + 3 * random()));
        const offset = values.slice(0, positions);
        const [wasm, native] = await onBoth(() => {
          const tensor = tf.tensor(values, [examples, positions]);
          return { moments: momentsOf(tensor, rails), spread: spreadOf(tensor), apart: spreadOf(tensor, tf.tensor1d(offset)) };
        });
        expect(native).toEqual(wasm);
      }),
      { numRuns: 60 },
    );
  });

  test('leave out, and count, what is not finite', async () => {
    const [wasm, native] = await onBoth(() => {
      const tensor = tf.tensor([1, NaN, 3, Infinity, 5, -Infinity], [3, 2]);
      return { moments: momentsOf(tensor), spread: spreadOf(tensor) };
    });
    expect(native).toEqual(wasm);
    expect(native.moments.nonFinite).toBe(3);
  });

  test('tell which units are zero everywhere', async () => {
    const dead = new Set([0, 4, 8]);
    const values = Float32Array.from({ length: 7 * 9 }, (_, i) => (dead.has(i % 9) || i < 9 ? 0 : i % 2));
    const [wasm, native] = await onBoth(() => deadShare(tf.tensor(values, [7, 3, 3]), 1));
    expect(native).toBe(wasm);
    const [all, none] = [tf.zeros([5, 2]), tf.ones([5, 2])];
    expect([deadShare(all, 1), deadShare(none, 1)]).toEqual([1, 0]);
  });
});
