import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cellsOf, gridOf, shareCalled, shareOf } from '../../src/experiment/grid.ts';

const arms = (count: number) => Array.from({ length: count }, (_, index) => `arm ${index}`);

describe('shares of a plan', () => {
  test('hold every run once, evenly, in the order of the plan, and few arms each', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 20 }), (armCount, seedCount, of) => {
        const cells = gridOf(arms(armCount), [...Array(seedCount).keys()]);
        const shares = Array.from({ length: of }, (_, index) => shareOf(cells, { index: index + 1, of }));
        expect(new Set(shares.flat()).size).toBe(cells.length);
        expect(shares.flat()).toHaveLength(cells.length);
        const sizes = shares.map((share) => share.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        for (const share of shares) {
          expect(share.map((cell) => cells.indexOf(cell))).toEqual(share.map((cell) => cells.indexOf(cell)).toSorted((a, b) => a - b));
          // A block that is shorter than the runs of an arm reaches into two at most.
          expect(new Set(share.map(({ arm }) => arm)).size).toBeLessThanOrEqual(Math.ceil(share.length / seedCount) + 1);
        }
      }),
    );
  });

  test('go through the modes of BatchNorm one after the other', () => {
    const facts = [{ name: 'normalized', batchnorm: 'inference' }, { name: 'raw', batchnorm: 'inference' }, { name: 'normalized/training', batchnorm: 'training' }] as const;
    const plan = { arms: facts.map((arm) => ({ ...arm, preset: 'raw', formula: 'x' })), seeds: [0, 1] };
    expect(cellsOf(plan).map(({ arm, seed }) => `${arm} ${seed}`)).toEqual(['normalized 0', 'raw 0', 'normalized 1', 'raw 1', 'normalized/training 0', 'normalized/training 1']);
  });

  test.each(['2/4', ' 2 / 4 '])('are called %s', (text) => {
    expect(shareCalled(text)).toEqual({ index: 2, of: 4 });
  });

  test.each(['0/4', '5/4', '1', '1/0', '-1/4', '1/4/5', 'a/b', '', '1/99999'])('are not called %s', (text) => {
    expect(() => shareCalled(text)).toThrow(/i\/n/);
  });
});
