import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../src/evidence/types.ts';
import { compareArms, pairedBenefit } from '../../src/rules/comparisons.ts';
import { crossedComponents } from '../../src/stats/crossed-components.ts';
import { repeatedFolds } from '../../src/stats/repeated-folds.ts';
import { sampleEvidence, storyEvidence } from './evidence.ts';

function compare(evidence: Evidence) {
  return compareArms(evidence, evidence.runs);
}

describe('comparisons', () => {
  it('hold arm normalized against each other arm, pair by pair, in points', () => {
    const [raw, unit, ...none] = compare(sampleEvidence());
    expect(none).toEqual([]);
    // 0.75 - 0.675, 0.775 - 0.7, 0.8 - 0.7, ...: 3, 3, 4, 3, 3, 3 images of 40.
    const expected = repeatedFolds([3, 3, 4, 3, 3, 3].map((gained, fold) => ({ examples: Array.from({ length: 40 }, (_, image) => 40 * fold + image), differences: Array.from({ length: 40 }, (_, image) => (image < gained ? 100 : 0)) })), 0.95);
    expect(raw).toMatchObject({ arm: 'raw', seeds: 6, p: 0.03125, margin: 3, verdict: 'needed', because: null, method: 'repeated-folds' });
    expect(raw!.benefit.estimate).toBeCloseTo(expected.estimate, 10);
    expect(raw!.benefit.low).toBeCloseTo(expected.low, 10);
    expect(raw!.benefit.high).toBeCloseTo(expected.high, 10);
    expect(raw!.equivalence.low).toBeGreaterThan(raw!.benefit.low);
    expect(unit!.arm).toBe('unit');
  });

  it('pair runs by seed, not by order', () => {
    const evidence = sampleEvidence();
    const shuffled = [...evidence.runs].sort((a, b) => ((a.seed * 7919) % 13) - ((b.seed * 7919) % 13));
    expect(compareArms(evidence, shuffled).map(({ benefit }) => benefit.low.toFixed(9))).toEqual(compare(evidence).map(({ benefit }) => benefit.low.toFixed(9)));
  });

  it('leave out seeds without a twin, and arms without runs', () => {
    const evidence = sampleEvidence();
    const some = evidence.runs.filter(({ arm, seed }) => arm === 'normalized' || (arm === 'raw' && seed !== 3));
    expect(compareArms(evidence, some)).toMatchObject([{ arm: 'raw', seeds: 5 }]);
    expect(compareArms(evidence, [])).toEqual([]);
  });

  it('judge a fixed validation set image by image', () => {
    const evidence = storyEvidence({ fixedValidation: 24, accuracy: { normalized: [0.75, 0.5, 0.625, 0.75, 0.5, 0.75], raw: 0.5 } });
    const table = [0.75, 0.5, 0.625, 0.75, 0.5, 0.75].map((accuracy) => Array.from({ length: 24 }, (_, image) => 100 * (Number(image < accuracy * 24) - Number(image < 12))));
    const expected = crossedComponents(table, 0.95);
    const [raw] = compare(evidence);
    expect(raw).toMatchObject({ method: 'crossed-components', benefit: { estimate: expected.estimate, low: expected.low, high: expected.high } });
  });

  it('say nothing where most runs of both arms learn nothing', () => {
    const few = [0.7, 0.7, 0.7, 1 / 6, 1 / 6, 1 / 6];
    const most = [0.7, 0.7, 0.7, 0.7, 1 / 6, 1 / 6];
    const because = (normalized: readonly number[], raw: readonly number[]) => compare(storyEvidence({ accuracy: { normalized, raw } }))[0];
    expect(because(few, few)).toMatchObject({ verdict: 'inconclusive', because: 'nothing-learns' });
    expect(because(most, few)?.because).not.toBe('nothing-learns');
    expect(because(few, most)?.because).not.toBe('nothing-learns');
  });

  it('are not certain of what a few images say alike', () => {
    const alike = (fixedValidation: number, raw: number) => compare(storyEvidence({ fixedValidation, accuracy: { normalized: 0.5, raw } }))[0]!;
    // Of none in n: 1 - 0.025^(1/n), and 1 - 0.05^(1/n) at 90 %.
    const equal = alike(4, 0.5);
    expect(equal.benefit).toEqual({ estimate: 0, low: expect.closeTo(-60.236, 3) as number, high: expect.closeTo(60.236, 3) as number });
    expect(equal.equivalence.high).toBeCloseTo(52.713, 3);
    expect(equal.verdict).toBe('inconclusive');
    expect(alike(200, 0.5)).toMatchObject({ benefit: { high: expect.closeTo(1.8275, 4) as number }, verdict: 'not-needed' });
  });

  it('find nothing equal by an automatic margin that only tells how little the plan can show', () => {
    const evidence = storyEvidence({ accuracy: { normalized: 0.75, raw: 0.75 } });
    const verdict = (points: number, chosen: boolean) => compare({ ...evidence, plan: { ...evidence.plan, margin: { points, planned: points, chosen } } })[0]!.verdict;
    const half = 50 * (1 - evidence.task.trivial.metric);
    expect([verdict(half - 0.1, false), verdict(half, false), verdict(half, true)]).toEqual(['not-needed', 'inconclusive', 'not-needed']);
    // The way is that on the held-out images, of which the user's own may be easier to guess.
    const skewed = { ...evidence, task: { ...evidence.task, heldOutTrivial: { ...evidence.task.trivial, metric: 0.9 } }, plan: { ...evidence.plan, margin: { points: 5, planned: 5, chosen: false } } };
    expect(compare(skewed)[0]!.verdict).toBe('inconclusive');
  });

  it('never go beyond what a share can differ by', () => {
    const [raw] = compare(storyEvidence({ fixedValidation: 2, accuracy: { normalized: [1, 0.5, 1, 0.5, 1, 0.5], raw: 0 } }));
    expect(raw!.benefit.high).toBe(100);
    expect(raw!.benefit.low).toBeGreaterThanOrEqual(-100);
  });

  it('say where it is only precision that is missing', () => {
    const evidence = storyEvidence({ accuracy: { normalized: [0.7, 0.8, 0.6, 0.9, 0.7, 0.5], raw: [0.7, 0.6, 0.7, 0.7, 0.8, 0.7] } });
    expect(compare(evidence)).toMatchObject([{ verdict: 'inconclusive', because: 'precision' }]);
  });
});

describe('looks', () => {
  const accuracy = { normalized: [0.75, 0.775, 0.8, 0.75, 0.775, 0.75], raw: [0.675, 0.7, 0.7, 0.675, 0.7, 0.675] };
  const planned = storyEvidence({ accuracy });
  const twoLooks = { ...planned, plan: { ...planned.plan, looks: [6, 12] } };

  it('have wider intervals than a single one', () => {
    const [single] = compare(planned);
    const [first] = compare(twoLooks);
    expect([single!.alpha, first!.alpha]).toEqual([0.05, 0.03125]);
    expect(first!.benefit.estimate).toBe(single!.benefit.estimate);
    expect(first!.benefit.low).toBeLessThan(single!.benefit.low);
    expect(first!.equivalence.low).toBeLessThan(single!.equivalence.low);
  });

  it('do not count for a confirmation on seeds of its own', () => {
    const fresh = twoLooks.runs.map((run) => ({ ...run, seed: run.seed + 100 }));
    expect(compareArms(twoLooks, fresh)[0]!.alpha).toBe(0.05);
  });
});

describe('the paired benefit', () => {
  it('counts what a run did not judge as wrong', () => {
    const evidence = storyEvidence({ fixedValidation: 10, accuracy: { normalized: 0.5, raw: 0.5 } });
    const [ours, theirs] = ['normalized', 'raw'].map((name) => evidence.runs.filter(({ arm }) => arm === name));
    const silent = theirs!.map((run) => ({ ...run, outcomes: { examples: [], scores: [] } }));
    expect(pairedBenefit(evidence, ours!, silent).benefit.estimate).toBeCloseTo(50, 10);
  });
});
