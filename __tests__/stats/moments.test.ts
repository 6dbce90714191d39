import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moments, spread } from '../../src/stats/moments.ts';
import { normal } from './random.ts';

function tensor(length: number, value: (index: number) => number): Float32Array {
  return Float32Array.from({ length }, (_, index) => value(index));
}

/** Mean and population variance in two passes, the slow and safe way. */
function twoPass(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}

function byDefinition(values: Float32Array, examples: number): { std: number; mean: number; rms: number; signal: number } {
  const positions = values.length / examples;
  const all = twoPass([...values]);
  const across = Array.from({ length: positions }, (_, p) => twoPass(Array.from({ length: examples }, (_, e) => values[e * positions + p]!)).variance);
  return {
    mean: all.mean,
    std: Math.sqrt(all.variance),
    rms: Math.sqrt(twoPass([...values].map((value) => value * value)).mean),
    signal: Math.sqrt(twoPass(across).mean),
  };
}

describe('moments', () => {
  it.each([
    [32, 3000],
    [33, 112],
    [6, 1024],
    [1, 50],
    [7, 1],
  ])('agrees with two passes in double precision for %i examples x %i positions', (examples, positions) => {
    const random = normal(examples * positions);
    const values = tensor(examples * positions, (i) => random() * (1 + (i % 5)) + (i % positions));
    const expected = byDefinition(values, examples);
    const actual = moments(values, { examples });
    expect(actual.mean).toBeCloseTo(expected.mean, 8);
    expect(actual.std / expected.std).toBeCloseTo(1, 10);
    expect(actual.rms / expected.rms).toBeCloseTo(1, 10);
    if (examples > 1) expect(actual.signal / expected.signal).toBeCloseTo(1, 10);
    else expect(actual.signal).toBe(0);
    expect(actual.n).toBe(values.length);
    expect(actual.min).toBe(Math.min(...values));
    expect(actual.max).toBe(Math.max(...values));
  });

  it('keeps its precision where the mean is a million times the std', () => {
    const random = normal(1);
    const values = tensor(32 * 200, () => 1e6 + random());
    const expected = byDefinition(values, 32);
    const actual = moments(values, { examples: 32 });
    expect(actual.std / expected.std).toBeCloseTo(1, 9);
    expect(actual.signal / expected.signal).toBeCloseTo(1, 9);
    expect(spread(values).std / expected.std).toBeCloseTo(1, 9);
  });

  it('tells what differs between examples from what differs between positions', () => {
    const sameForAll = tensor(8 * 100, (i) => i % 100);
    expect(moments(sameForAll, { examples: 8 }).signal).toBe(0);
    expect(moments(sameForAll, { examples: 8 }).std).toBeCloseTo(Math.sqrt((100 ** 2 - 1) / 12), 8);
    const ownLevel = tensor(8 * 100, (i) => Math.floor(i / 100));
    expect(moments(ownLevel, { examples: 8 }).signal).toBeCloseTo(Math.sqrt((8 ** 2 - 1) / 12), 8);
  });

  it('counts zeros of both signs, powers of two, and subnormals apart from zeros', () => {
    const values = Float32Array.of(0, -0, 1, 1.99, -2, 0.5, 1e-40, 6);
    const { zeros, histogram } = moments(values, { examples: 1 });
    expect(zeros).toBe(2 / 8);
    expect(histogram).toEqual([
      [-127, 1],
      [-1, 1],
      [0, 2],
      [1, 1],
      [2, 1],
    ]);
  });

  it('counts the rails that there are', () => {
    const values = Float32Array.of(0, 6, 6, 3, -1, 7, 0, 2);
    expect(moments(values, { examples: 1, rails: [0, 6] }).rails).toEqual([3 / 8, 3 / 8]);
    expect(moments(values, { examples: 1, rails: [null, 6] }).rails).toEqual([0, 3 / 8]);
    expect(moments(values, { examples: 1 }).rails).toEqual([0, 0]);
  });

  it('leaves NaN and infinities out of every figure but their count', () => {
    const broken = Float32Array.of(1, Number.NaN, 3, Infinity, 5, 7, -Infinity, 0);
    const { n, nonFinite, mean, std, signal, min, max, zeros, rails } = moments(broken, { examples: 2, rails: [0, 7] });
    // Columns of two examples: (1, 5), (NaN, 7), (3, -inf), (inf, 0).
    expect({ n, nonFinite, min, max, zeros, rails }).toEqual({ n: 5, nonFinite: 3, min: 0, max: 7, zeros: 1 / 5, rails: [1 / 5, 1 / 5] });
    expect(mean).toBeCloseTo(16 / 5, 12);
    expect(std).toBeCloseTo(Math.sqrt(twoPass([1, 3, 5, 7, 0]).variance), 12);
    expect(signal).toBeCloseTo(Math.sqrt(4 / 4), 12);
  });

  it('has no figures where nothing is finite', () => {
    const { n, nonFinite, std, signal, min, zeros } = moments(Float32Array.of(Number.NaN, Infinity), { examples: 1 });
    expect({ n, nonFinite, zeros }).toEqual({ n: 0, nonFinite: 2, zeros: 0 });
    expect([std, signal, min]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it('subtracts an offset per channel', () => {
    const random = normal(3);
    const clean = tensor(4 * 30, () => Math.round(random() * 64) / 16);
    const bias = Float32Array.of(10, -20, 0.5);
    const biased = clean.map((value, i) => value + bias[i % 3]!);
    expect(moments(biased, { examples: 4, offset: bias })).toEqual(moments(clean, { examples: 4 }));
  });

  it('reads a view that does not start its buffer', () => {
    const all = tensor(50, (i) => i);
    expect(moments(all.subarray(10, 30), { examples: 4 })).toEqual(moments(all.slice(10, 30), { examples: 4 }));
  });

  it('refuses shapes that do not divide', () => {
    expect(() => moments(new Float32Array(10), { examples: 3 })).toThrow(RangeError);
    expect(() => moments(new Float32Array(10), { examples: 5, offset: new Float32Array(3) })).toThrow(RangeError);
  });

  it('splits variance: total = within examples of a position + between positions, whatever the values', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(fc.float({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 }), (examples, row) => {
        const values = tensor(examples * row.length, (i) => row[(i * 7) % row.length]! + i);
        const { std, rms, mean, signal, histogram } = moments(values, { examples });
        const expected = byDefinition(values, examples);
        expect(Math.abs(std - expected.std)).toBeLessThanOrEqual(1e-9 * (1 + expected.std));
        expect(Math.abs(rms * rms - mean * mean - std * std)).toBeLessThanOrEqual(1e-9 * (1 + rms * rms));
        expect(signal).toBeLessThanOrEqual(std * (1 + 1e-9) + 1e-9);
        const sampled = values.filter((value, i) => value !== 0 && Math.floor(i / row.length) % 8 === 0).length;
        expect(histogram.reduce((sum, [, count]) => sum + count, 0)).toBe(sampled);
      }),
    );
  });
});

describe('spread', () => {
  it('is std and rms of the finite values', () => {
    const values = Float32Array.of(3, Number.NaN, 5, Infinity, 7);
    expect(spread(values).std).toBeCloseTo(Math.sqrt(8 / 3), 12);
    expect(spread(values).rms).toBeCloseTo(Math.sqrt(83 / 3), 12);
  });

  it('has no figures of nothing', () => {
    expect(spread(Float32Array.of(Number.NaN))).toEqual({ std: Number.NaN, rms: Number.NaN });
    expect(spread(new Float32Array())).toEqual({ std: Number.NaN, rms: Number.NaN });
  });
});
