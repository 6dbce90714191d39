import { describe, expect, test } from 'vitest';
import { plainText } from '../../src/report/plain.ts';
import { conclusions, imagesToSettle, verdictText } from '../../src/report/words/verdict.ts';
import type { Comparison } from '../../src/rules/types.ts';
import { sampleEvidence } from '../rules/evidence.ts';
import { comparison } from './sample.ts';

const { plan, model } = sampleEvidence();
const planOf = (presets: Readonly<Record<string, string>>) => ({ ...plan, arms: Object.entries(presets).map(([name, preset]) => ({ name, preset, formula: 'x' })) });
const IMAGENET = planOf({ normalized: 'imagenet', raw: 'raw', unit: 'unit', caffe: 'caffe', shuffled: 'shuffled' });
const RAW = planOf({ normalized: 'raw', unit: 'unit', imagenet: 'imagenet' });

const needed = (arm: string) => comparison(arm, { margin: 3 });
const equal = (arm: string) => comparison(arm, { verdict: 'not-needed', margin: 28.43, benefit: { estimate: 2.8, low: -22.1, high: 27.7 }, equivalence: { estimate: 2.8, low: -16.5, high: 22.1 } });
const harmful = (arm: string, points: number) => comparison(arm, { verdict: 'harmful', benefit: { estimate: -points, low: -points - 7, high: -points + 7 } });
const open = (arm: string, benefit: Comparison['benefit'], equivalence: Comparison['equivalence'], margin: number) => comparison(arm, { verdict: 'inconclusive', because: 'precision', benefit, equivalence, margin });
const HELPS = open('raw', { estimate: 9.75, low: 4, high: 15.6 }, { estimate: 9.75, low: 4.9, high: 14.9 }, 9.8);
const UNCLEAR = open('raw', { estimate: 2, low: -8, high: 12 }, { estimate: 2, low: -6, high: 10 }, 6);

describe('the sentence', () => {
  const said = (comparisons: readonly Comparison[], declared = IMAGENET, boundary: string | null = 'block10_add') => plainText(conclusions(comparisons, { plan: declared, model: { ...model, boundary } }));

  test('says with its margin that no normalization is needed', () => {
    expect(said([equal('raw'), equal('unit')])).toBe('normalization not needed against raw and unit (no difference larger than 28.4 points)');
  });

  test('speaks of need only against inputs without a normalization', () => {
    expect(said([equal('shuffled'), equal('caffe')])).toBe('the declared normalization does as well as shuffled and caffe (no difference larger than 28.4 points)');
    expect(said([needed('caffe')])).toBe('the declared normalization is better than caffe');
    expect(said([needed('raw'), needed('caffe'), equal('unit')])).toBe('normalization needed against raw, better than caffe, not needed against unit (no difference larger than 28.4 points)');
  });

  test('says of harm that another input is the better one, and by how much', () => {
    expect(said([harmful('raw', 41.3), harmful('unit', 47.5)])).toBe('the declared normalization is probably wrong: better with unit by 47.5 points and raw by 41.3 points');
  });

  test('blames no pretraining where there was none', () => {
    expect(said([harmful('unit', 12)], IMAGENET, null)).toBe('better with unit by 12 points');
  });

  test('does not turn the meaning round where raw pixels are declared', () => {
    expect(said([needed('unit')], RAW)).toBe('raw pixels are right: better than unit');
    expect(said([equal('unit'), equal('imagenet')], RAW)).toBe('raw pixels do as well as unit and imagenet (no difference larger than 28.4 points)');
    expect(said([harmful('unit', 20)], RAW)).toBe('raw pixels are probably wrong: better with unit by 20 points');
  });

  test('tells a difference of open size from an open question', () => {
    expect(said([HELPS])).toBe('normalization better than raw, but maybe by less than 9.8 points');
    expect(said([UNCLEAR])).toBe('normalization: no verdict against raw');
  });
});

describe('the row of an arm', () => {
  test.each([
    [equal('raw'), IMAGENET, 'not needed: under 28.4 apart'],
    [equal('caffe'), IMAGENET, 'alike: under 28.4 apart'],
    [needed('caffe'), IMAGENET, 'better than this one'],
    [needed('unit'), RAW, 'better than this one'],
    [harmful('caffe', 20), IMAGENET, 'harmful: this one is better'],
    [HELPS, IMAGENET, 'better, maybe by under 9.8'],
    [UNCLEAR, IMAGENET, 'cannot tell: needs 4× images'],
    [{ ...UNCLEAR, because: 'nothing-learns' as const }, IMAGENET, 'cannot tell: nothing learns'],
  ])('%#', (found, declared, words) => {
    expect(verdictText(found, declared)).toBe(words);
  });
});

test('an automatic margin that is too wide to say anything is said to come from too few images', () => {
  const within = { ...UNCLEAR, margin: 60 };
  expect(imagesToSettle(within)).toBeNull();
  expect(verdictText(within, IMAGENET)).toBe('cannot tell: too few images');
});

describe('what an open comparison would take', () => {
  test('an interval that fits into the margin beside its estimate', () => {
    // Half of it is 8, and 4 points are left.
    expect(imagesToSettle(UNCLEAR)).toEqual({ times: '4', as: 'not needed' });
  });

  test('an interval that leaves 0 out, where the estimate reaches the margin', () => {
    const large = open('raw', { estimate: -10, low: -35, high: 15 }, { estimate: -10, low: -30, high: 10 }, 6);
    expect(imagesToSettle(large)).toEqual({ times: '6.3', as: 'harmful' });
  });

  test('more than anybody has, where the estimate is nearly the margin', () => {
    expect(imagesToSettle({ ...UNCLEAR, benefit: { ...UNCLEAR.benefit, estimate: 5.9 } })?.times).toBe('> 100');
  });
});
