import { describe, expect, test } from 'vitest';
import { crossValidatedRidge } from '../../src/stats/ridge.ts';
import { normal } from './random.ts';

const draw = normal(11);
const COUNT = 60;
const labels = Int32Array.from({ length: COUNT }, (_, i) => i % 3);
const folds = Int32Array.from({ length: COUNT }, (_, i) => Math.floor(i / 3) % 5);
const share = (correct: readonly boolean[]) => correct.filter(Boolean).length / correct.length;
const separable = Array.from(labels, (label) => Float32Array.from({ length: 20 }, (_, column) => draw() + (column === label ? 6 : 0)));

describe('crossValidatedRidge', () => {
  test('tells classes that can be told, and no others', () => {
    expect(share(crossValidatedRidge(separable, labels, folds))).toBeGreaterThan(0.95);
    const noise = Array.from(labels, () => Float32Array.from({ length: 20 }, draw));
    expect(share(crossValidatedRidge(noise, labels, folds))).toBeLessThan(0.6);
  });

  test('does not see scale and offset of a feature', () => {
    const moved = separable.map((row) => row.map((value, column) => value * (column + 1) * 16 - 64 * column));
    expect(crossValidatedRidge(moved, labels, folds)).toEqual(crossValidatedRidge(separable, labels, folds));
  });

  test('agrees with the normal equations in the space of the features', () => {
    // One feature, two classes: the sign of the slope decides, which the closed form gives directly.
    const one = [-2, -1, -1.5, 2, 1, 1.5].map((value) => Float32Array.of(value));
    expect(crossValidatedRidge(one, [0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2])).toEqual(Array(6).fill(true));
  });

  test('leaves out features that are constant or not finite', () => {
    const spoilt = separable.map((row) => Float32Array.of(...row, 7, Number.NaN));
    expect(share(crossValidatedRidge(spoilt, labels, folds))).toBeGreaterThan(0.95);
  });
});
