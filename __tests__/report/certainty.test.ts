import { describe, expect, test } from 'vitest';
import { certaintySection } from '../../src/report/markdown/certainty.ts';
import { reach, rehearsalLines } from '../../src/report/rehearsal.ts';
import type { Report } from '../../src/report/types.ts';
import { changeWords } from '../../src/report/words/change.ts';
import { comparison, judgement, passing, REPORTS } from './sample.ts';

const { evidence } = passing();
const seedsTo = (n: number) => Array.from({ length: n }, (_, seed) => seed);
const folded = (plan: Partial<Report['evidence']['plan']>, report: Report = passing()) => certaintySection({ ...report, evidence: { ...report.evidence, plan: { ...report.evidence.plan, ...plan } } });

describe('how images are held out', () => {
  test.each([
    [12, 'Every image is held out equally often, over 6 folds'],
    [7, 'Images are held out 1 or 2 times, over 6 folds'],
    [2, '2 of 6 folds are held out, once: the images of the others are judged under no seed'],
  ])('with %i seeds', (seeds, words) => {
    expect(folded({ seeds: seedsTo(seeds) })).toContain(`- ${words} (`);
  });
});

describe('the smallest p', () => {
  test('is that of the seeds that ran, not of those that could have', () => {
    expect(folded({ seeds: seedsTo(6), looks: [6, 12], smallestP: 2 / 2 ** 12 })).toContain('with 6 seeds it cannot get below 0.031.');
  });

  test('is not below what is below it', () => {
    expect(folded({ seeds: seedsTo(12), looks: [12] })).toContain('with 12 seeds it can get below 0.001.');
  });
});

test('what all looks may get wrong is said of comparisons', () => {
  expect(folded({ looks: [6, 12] })).toContain('all looks together are wrong in at most 5 % of comparisons');
});

describe('what an open comparison would take', () => {
  const taking = (open: Parameters<typeof comparison>[1]) => certaintySection({ evidence, judgement: judgement({ comparisons: [comparison('raw', { verdict: 'inconclusive', because: 'precision', ...open })] }) });

  test('a wider margin, where a difference is open', () => {
    const text = taking({ margin: 6, benefit: { estimate: 2, low: -8, high: 12 }, equivalence: { estimate: 2, low: -6, high: 10 } });
    expect(text).toContain('A margin above 10 points would settle it as not needed; if its estimate is right, about 4 times as many images would settle it as not needed.');
  });

  test('a wider or a narrower one, where only its size is', () => {
    const text = taking({ margin: 9.8, benefit: { estimate: 9.75, low: 4, high: 15.6 }, equivalence: { estimate: 9.75, low: 4.9, high: 14.86 } });
    expect(text).toContain('A margin of up to 9.7 points would settle it as needed, one above 14.9 as not needed;');
  });
});

test('time is told in seconds, too, and what is gained on the way', () => {
  const text = certaintySection(passing());
  expect(text).toContain('Until then training takes, as the median of the runs on this machine: `normalized` 0.40\u00A0s, ');
  expect(text).toContain('which is the area under the learning curve: `raw` +6.4 [+4.1,\u00A0+8.7], ');
});

describe('what a plan can show', () => {
  const plan = { ...evidence.plan, margin: { points: 10.7, planned: 10.7, chosen: false, equivalence: 14.3 }, smallestP: 0.03125, looks: [6] };

  test('is said before it runs', () => {
    expect(reach(plan)).toEqual(['It can show differences from 10.7 points on (p from 0.031), and call arms equal within 14.3.']);
    expect(rehearsalLines({ ...evidence, plan })).toContain(`  reach  ${reach(plan)[0]!}`);
  });

  test('is that of all looks, beside a margin of the config', () => {
    const [line] = reach({ ...plan, looks: [6, 12], smallestP: 2 / 2 ** 12, margin: { ...plan.margin, points: 3, chosen: true } });
    expect(line).toBe('It can show differences from 10.7 points on (p below 0.001), and call arms equal within 14.3 with all 12 seeds; the margin of the config is 3.');
  });

  test('is nothing where nothing is compared', () => {
    expect(reach({ ...plan, arms: plan.arms.slice(0, 1) })).toEqual([]);
  });
});

test('a change without an effect is the same on the seeds that both sides have', () => {
  const compared = REPORTS.find(([name]) => name === 'change-compared')![1]();
  const { change } = compared.judgement;
  const said = (seeds: number) => changeWords({ ...compared, evidence: { ...compared.evidence, plan: { ...compared.evidence.plan, seeds: seedsTo(seeds) } }, judgement: { ...compared.judgement, change: { ...change!, identical: true } } })!.summary[0];
  expect(said(6)).toBe('This change has no effect: every number is the same as in commit ');
  expect(said(12)).toBe('This change has no effect: on the 6 seeds that both have, every number is the same as in commit ');
});
