import { describe, expect, it } from 'vitest';
import { thresholdSettings } from '../../src/config/threshold-settings.ts';
import type { Evidence } from '../../src/evidence/types.ts';
import { armsToConfirm, judge, RULES, untriedRemedies } from '../../src/rules/judge.ts';
import type { Judgement, Thresholds } from '../../src/rules/types.ts';
import { sampleEvidence, storyEvidence, VANISHING, vanishingEvidence } from './evidence.ts';
import { DEFAULTS, only } from './shown.ts';

const LEARNS = [0.7, 0.72, 0.74, 0.71, 0.73, 0.72];
const WORSE = LEARNS.map((accuracy) => accuracy - 0.15);

const healthy = sampleEvidence();
const warned = storyEvidence({ layers: VANISHING, accuracy: { normalized: LEARNS } });
const failed = vanishingEvidence();
const noted = { ...healthy, runs: healthy.runs.map((run) => (run.arm === 'raw' ? { ...run, nonFinite: { step: 3, where: 'loss' } } : run)) };

describe('the verdict', () => {
  it.each<[string, Evidence, Record<Judgement['failOn'], Judgement['verdict']>]>([
    ['nothing found', healthy, { error: 'pass', warning: 'pass', never: 'pass' }],
    ['a note', noted, { error: 'pass', warning: 'pass', never: 'pass' }],
    ['a warning', warned, { error: 'pass', warning: 'fail', never: 'pass' }],
    ['an error', failed, { error: 'fail', warning: 'fail', never: 'pass' }],
  ])('of %s', (_, evidence, verdicts) => {
    for (const [failOn, verdict] of Object.entries(verdicts)) {
      expect(judge(evidence, DEFAULTS, failOn as Judgement['failOn']).verdict).toBe(verdict);
    }
  });

  it('fails for an error that another finding explains', () => {
    const thresholds: Thresholds = { ...DEFAULTS, stdShrinkage: { warn: 0.05, fail: null } };
    expect(judge(failed, thresholds, 'error')).toMatchObject({ verdict: 'fail', findings: [{ rule: 'std-shrinkage', severity: 'error' }] });
  });

  it('is the same for the same evidence, which it leaves alone', () => {
    const before = JSON.stringify(failed);
    expect(judge(failed, DEFAULTS, 'error')).toEqual(judge(failed, DEFAULTS, 'error'));
    expect(JSON.stringify(failed)).toBe(before);
  });

  it('does not change with the names of layers', () => {
    const renamed = JSON.parse(JSON.stringify(failed).replaceAll(/head_(\d)/g, 'x/$1 #2')) as Evidence;
    const [one, other] = [failed, renamed].map((evidence) => judge(evidence, DEFAULTS, 'error'));
    expect(JSON.stringify(other)).toBe(JSON.stringify(one).replaceAll(/head_(\d)/g, 'x/$1 #2'));
  });
});

describe('a judgement', () => {
  it('holds the figures that it rests on', () => {
    const judgement = judge(healthy, DEFAULTS, 'error');
    expect(judgement.layers.map(({ site }) => site)).toEqual(healthy.sites.map(({ id }) => id));
    expect(judgement.arms.map(({ arm }) => arm)).toEqual(['normalized', 'raw', 'unit']);
    expect(judgement.comparisons.map(({ arm }) => arm)).toEqual(['raw', 'unit']);
    expect(judgement.worst).toEqual({ site: 'head_1', shrinkage: judgement.layers.find(({ site }) => site === 'head_1')!.shrinkage });
    expect(judgement.targetMetric).toBeGreaterThan(judgement.trivialMetric);
    expect(judge(storyEvidence({ layers: [{ id: 'logits', part: 'output' }] }), DEFAULTS, 'error').worst).toBeNull();
  });

  it('comes from every rule once', () => {
    expect(RULES.map(({ name }) => name).sort()).toEqual([...Object.keys(thresholdSettings.shape), 'non-finite', 'worsened', 'expectation'].sort());
  });
});

describe('the fixes to try', () => {
  const untried = { ...failed, trials: [] };

  it('are those of errors and warnings', () => {
    const expected = [{ rule: 'std-shrinkage', change: 'kernel-initializer: he-normal', sites: ['head_1', 'head_2', 'head_3', 'head_4', 'head_5', 'head_6'] }];
    expect(untriedRemedies(judge(untried, DEFAULTS, 'error'))).toMatchObject(expected);
    expect(untriedRemedies(judge(warned, DEFAULTS, 'error'))).toMatchObject(expected);
  });

  it('are none where all is well and where they were tried; what heals may cost accuracy all the same', () => {
    const heals = storyEvidence({ layers: VANISHING.map((layer) => ({ ...layer, relativeGainAtEnd: 1 })), accuracy: { normalized: LEARNS } });
    expect(judge(heals, DEFAULTS, 'error').findings).toMatchObject([{ severity: 'note' }]);
    const thresholds = { ...DEFAULTS, learningRate: null };
    for (const evidence of [healthy, failed]) expect(untriedRemedies(judge(evidence, thresholds, 'error'))).toEqual([]);
    expect(untriedRemedies(judge(heals, thresholds, 'error'))).toHaveLength(1);
  });
});

describe('the arms to confirm', () => {
  const evidence = storyEvidence({ accuracy: { normalized: WORSE, raw: WORSE.toReversed(), unit: LEARNS } });
  const doubted = (threshold: Thresholds['accuracyDelta'], failOn: Judgement['failOn'], about = evidence) => armsToConfirm(judge(about, only({ accuracyDelta: threshold }), failOn));
  const WARNS = { warn: null, fail: null };
  const FAILS = { warn: null, fail: 'on-harm' } as const;

  it('are those that fail the check, with the one they are compared with', () => {
    expect(doubted(FAILS, 'error')).toEqual(['normalized', 'unit']);
    expect(doubted(FAILS, 'warning')).toEqual(['normalized', 'unit']);
    expect(doubted(WARNS, 'error')).toEqual([]);
    expect(doubted(WARNS, 'warning')).toEqual(['normalized', 'unit']);
    expect(doubted(null, 'error')).toEqual([]);
  });

  it('do not depend on never failing: an error is to be one', () => {
    expect(doubted(FAILS, 'never')).toEqual(['normalized', 'unit']);
    expect(doubted(WARNS, 'never')).toEqual([]);
  });

  it('are all of them where several show it', () => {
    const both = storyEvidence({ accuracy: { normalized: WORSE, raw: LEARNS.toReversed(), unit: LEARNS } });
    expect(doubted(FAILS, 'error', both).toSorted()).toEqual(['normalized', 'raw', 'unit']);
  });
});
