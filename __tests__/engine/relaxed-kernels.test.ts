import { setFlagsFromString } from 'node:v8';
import { beforeAll, describe, expect, test, vi } from 'vitest';

import { startBackend } from '../../src/engine/backend.ts';
import { simd } from '../../src/engine/simd/module.ts';
import * as tf from '../../src/engine/tf.ts';
import { normal } from './arbitrary.ts';
import { expectGradients } from './expect-gradients.ts';
import { filled } from './reference/array.ts';
import { conv2d, depthwiseConv2d } from './reference/sliding.ts';

const SLIDING = { window: [3, 3], stride: [1, 1], dilation: [1, 1], padding: 'same' } as const;

/** (1 + 2^-12)^2 - (1 + 2^-11): 2^-24 where product and sum are rounded at once, else 0. */
function remainder(): number {
  const x = 1 + 2 ** -12;
  return tf.matMul(tf.tensor2d([[1, x]]), tf.tensor2d([[-1 - 2 ** -11], [x]])).dataSync()[0]!;
}

describe('exact kernels', () => {
  test('round a product before they add it', async () => {
    await startBackend('wasm');
    expect(simd().fusesMultiplyAdd()).toBe(0);
    expect(remainder()).toBe(0);
  });
});

describe('relaxed kernels', () => {
  beforeAll(async () => {
    // Node 20 has them behind this flag.
    setFlagsFromString('--experimental-wasm-relaxed-simd');
    await startBackend('wasm', 'relaxed');
  });

  test('round as they say the processor does', () => {
    expect(remainder()).toBe(simd().fusesMultiplyAdd() * 2 ** -24);
  });

  test('compute what the references do, forward and back', () => {
    const random = normal(1);
    const image = filled([2, 6, 7, 11], random);
    expectGradients(
      (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'),
      (x, filter) => conv2d(x, filter, SLIDING),
      [filled([1, 4, 5, 3], random), filled([3, 3, 3, 5], random)],
      random,
    );
    expectGradients(
      (x, filter) => tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'),
      (x, filter) => depthwiseConv2d(x, filter, SLIDING),
      [image, filled([3, 3, 11, 1], random)],
      random,
    );
  });

  test('are left again for exact ones', async () => {
    await startBackend('wasm', 'exact');
    expect(remainder()).toBe(0);
  });

  test('are refused where Node cannot run them', async () => {
    await startBackend('wasm', 'exact');
    vi.resetModules();
    const fresh = await import('../../src/engine/simd/module.ts');
    const validate = vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    expect(() => fresh.kernelsIn(new WebAssembly.Memory({ initial: 16 }), 'relaxed')).toThrow(expect.objectContaining({ code: 'relaxed-simd-missing', what: expect.stringContaining(process.version) as string }));
    validate.mockRestore();
  });
});
