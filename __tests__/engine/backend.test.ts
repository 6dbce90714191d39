import { describe, expect, test, vi } from 'vitest';

import { startBackend } from '../../src/engine/backend.ts';
import { heapBytes } from '../../src/engine/memory.ts';
import * as tf from '../../src/engine/tf.ts';

describe('startBackend', () => {
  test('starts, and again does nothing, without a word on the console', async () => {
    const written = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'log'), vi.spyOn(console, 'error')];
    const [first, again] = await Promise.all([startBackend('wasm'), startBackend('wasm')]);
    expect(again).toBe(first);
    expect(first).toEqual({ name: 'wasm', tfjs: '4.22.0' });
    expect(tf.getBackend()).toBe('wasm');
    const kernel = tf.getKernel(tf.MaxPoolGrad, 'wasm');
    expect(heapBytes()).toBeGreaterThan(0);
    await startBackend('wasm');
    expect(tf.getKernel(tf.MaxPoolGrad, 'wasm')).toBe(kernel);
    for (const spy of written) expect(spy).not.toHaveBeenCalled();
  });

  test('core, layers and chained operations are one copy', () => {
    const model = tf.sequential({ layers: [tf.layers.lstm({ inputShape: [2, 1], units: 1 })] });
    expect((model.apply(tf.ones([1, 2, 1])) as tf.Tensor).square().shape).toEqual([1, 1]);
  });
});
