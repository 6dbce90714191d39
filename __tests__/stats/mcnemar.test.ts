import { expect, test } from 'vitest';
import { mcnemarP } from '../../src/stats/mcnemar.ts';

const outcomes = (won: number, lost: number, both: number) => ({
  first: [...Array<boolean>(won).fill(true), ...Array<boolean>(lost).fill(false), ...Array<boolean>(both).fill(true)],
  second: [...Array<boolean>(won).fill(false), ...Array<boolean>(lost).fill(true), ...Array<boolean>(both).fill(true)],
});

test.each([
  // 2 sum of binomial(n, k) / 2^n for k up to the smaller count, in exact arithmetic
  [0, 0, 1],
  [5, 0, 0.0625],
  [8, 2, 0.109375],
  [2, 8, 0.109375],
  [20, 6, 0.009355306625366211],
  [7, 7, 1],
])('%i won and %i lost give p = %d', (won, lost, p) => {
  const { first, second } = outcomes(won, lost, 12);
  expect(mcnemarP(first, second)).toBeCloseTo(p, 12);
});
