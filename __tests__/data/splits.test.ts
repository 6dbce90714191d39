import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { probeBatch } from '../../src/data/probe.ts';
import { stratifiedFolds } from '../../src/data/splits.ts';
import { randomOf } from '../../src/engine/seeding.ts';

const labels = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 200 }).map((values) => Int32Array.from(values));
const folds = fc.integer({ min: 2, max: 9 });

function spread(counts: readonly number[]): number {
  return Math.max(...counts) - Math.min(...counts);
}

function countsOf(values: Iterable<number>, kinds: number): number[] {
  const counts = new Array<number>(kinds).fill(0);
  for (const value of values) counts[value]!++;
  return counts;
}

describe('stratifiedFolds', () => {
  test('puts each example into one fold; folds differ by one at most, in each class and in all', () => {
    fc.assert(
      fc.property(labels, folds, fc.integer(), (of, k, seed) => {
        const foldOf = stratifiedFolds(of, k, randomOf(seed, 'folds'));
        expect(foldOf).toHaveLength(of.length);
        expect(spread(countsOf(foldOf, k))).toBeLessThanOrEqual(1);
        for (let label = 0; label < 6; label++) {
          expect(spread(countsOf(foldOf.filter((_, example) => of[example] === label), k))).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('depends on the generator, and on nothing else', () => {
    const of = Int32Array.from({ length: 60 }, (_, example) => example % 4);
    const draw = (seed: number) => Array.from(stratifiedFolds(of, 6, randomOf(seed, 'folds')));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test('gives each pair of a class the same chance to share a fold', () => {
    const of = new Int32Array(6);
    const trials = 3000;
    let together = 0;
    for (let seed = 0; seed < trials; seed++) {
      const foldOf = stratifiedFolds(of, 3, randomOf(seed, 'folds'));
      if (foldOf[0] === foldOf[5]) together++;
    }
    // One of the five others shares the fold; six standard errors around 1/5.
    expect(Math.abs(together / trials - 0.2)).toBeLessThan(6 * Math.sqrt((0.2 * 0.8) / trials));
  });
});

describe('probeBatch', () => {
  test('takes as many as asked for, each once, and of each class its share', () => {
    fc.assert(
      fc.property(labels, fc.integer({ min: 1, max: 64 }), (of, size) => {
        const batch = probeBatch(of, size);
        expect(batch).toHaveLength(Math.min(size, of.length));
        expect(new Set(batch).size).toBe(batch.length);
        const all = countsOf(of, 6);
        countsOf(batch.map((example) => of[example]!), 6).forEach((count, label) => {
          expect(Math.abs(count - (all[label]! * batch.length) / of.length)).toBeLessThan(1);
        });
      }),
    );
  });

  test('takes all where there are fewer', () => {
    expect(probeBatch(Int32Array.from([1, 0, 1]), 32)).toEqual([1, 0, 2]);
  });
});
