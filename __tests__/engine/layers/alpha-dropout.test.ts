import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import { withSeed } from '../../../src/engine/seeding.ts';
import * as tf from '../../../src/engine/tf.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

describe('AlphaDropout', () => {
  const N = 40_000;

  test.each([0.1, 0.3, 0.5])('keeps mean 0 and variance 1 at rate %d', (rate) => {
    const y = withSeed(1, 'noise', () => tf.tidy(() => (tf.layers.alphaDropout({ rate }).apply(tf.randomNormal([N]), { training: true }) as tf.Tensor).dataSync<'float32'>()));
    const mean = y.reduce((sum, value) => sum + value, 0) / N;
    const variance = y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / N;
    // 5 standard errors of a mean and of a variance with a kurtosis of 3.
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(N));
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / N));
  });

  test('moves dropped units to one place, below the mean', () => {
    const rate = 0.5;
    const y = withSeed(2, 'noise', () => tf.tidy(() => (tf.layers.alphaDropout({ rate }).apply(tf.ones([1000]), { training: true }) as tf.Tensor).dataSync()));
    const floor = -1.7580993408473766;
    const scale = ((1 - rate) * (1 + rate * floor ** 2)) ** -0.5;
    const places = [...new Set(y)].sort((a, b) => a - b);
    expect(places).toHaveLength(2);
    // (floor, or 1) * scale - scale * floor * rate
    expect(places[0]).toBeCloseTo(scale * (floor - floor * rate), 5);
    expect(places[1]).toBeCloseTo(scale * (1 - floor * rate), 5);
  });

  test('leaves everything as it is in inference', () => {
    expect([...(tf.layers.alphaDropout({ rate: 0.5 }).apply(tf.tensor1d([1, 2])) as tf.Tensor).dataSync()]).toEqual([1, 2]);
  });

  test('drops whole rows where the noise has their shape', () => {
    const layer = tf.layers.alphaDropout({ rate: 0.5, noiseShape: [8, 1] });
    const y = withSeed(3, 'noise', () => (layer.apply(tf.ones([8, 4]), { training: true }) as tf.Tensor2D).arraySync());
    for (const row of y) expect(new Set(row).size).toBe(1);
    expect(new Set(y.flat()).size).toBe(2);
  });
});
