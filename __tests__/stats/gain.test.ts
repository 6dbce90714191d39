import { describe, expect, it } from 'vitest';
import { targetGain } from '../../src/stats/gain.ts';
import { normal } from './random.ts';
import reference from './reference.json' with { type: 'json' };

describe('targetGain', () => {
  it.each(reference.gains)("agrees with SciPy's quadrature for $name", ({ name, gain, alpha }) => {
    expect(targetGain({ name, ...(alpha === undefined ? {} : { alpha }) })! / gain).toBeCloseTo(1, 9);
  });

  it.each([
    ['relu6', 1.41],
    ['elu', 1.25],
    ['gelu', 1.53],
    ['swish', 1.68],
    ['linear', 1],
    ['tanh', 1],
    ['sigmoid', 1],
    ['softmax', 1],
    ['selu', 1],
  ])('gives %s the gain %d of the literature', (name, gain) => {
    expect(targetGain({ name })).toBeCloseTo(gain, 2);
  });

  it('is the gain that keeps a signal at its size through many layers', () => {
    const random = normal(2);
    for (const [name, phi] of [
      ['relu', (z: number) => Math.max(0, z)],
      ['elu', (z: number) => (z > 0 ? z : Math.expm1(z))],
    ] as const) {
      const rms = Math.sqrt(Array.from({ length: 50_000 }, () => phi(random()) ** 2).reduce((sum, square) => sum + square, 0) / 50_000);
      expect(rms * targetGain({ name })!).toBeCloseTo(1, 1.6);
    }
  });

  it('does not judge what it does not know', () => {
    expect(targetGain({ name: 'prelu' })).toBeNull();
    expect(targetGain({ name: 'my-activation' })).toBeNull();
  });
});
