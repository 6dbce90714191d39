import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../src/evidence/types.ts';
import { armsToConfirm, judge } from '../../src/rules/judge.ts';
import { accuracyDelta } from '../../src/rules/accuracy-delta.ts';
import type { ArmSummary, Comparison, Finding, Severity, Subject, Threshold } from '../../src/rules/types.ts';
import { sampleEvidence, storyEvidence } from './evidence.ts';
import { DEFAULTS, only, shown } from './shown.ts';

const DEFAULT = DEFAULTS.accuracyDelta!;
const MARGIN = 3;

/** `normalized` against one arm; the benefit as [low, estimate, high]. */
function comparison(benefit: readonly [number, number, number], overrides: Partial<Comparison> = {}): Comparison {
  const [low, estimate, high] = benefit;
  const interval = { estimate, low, high };
  return { arm: 'unit', seeds: 6, against: 'normalized', alpha: 0.05, benefit: interval, equivalence: interval, p: 0.03125, margin: MARGIN, verdict: 'inconclusive', because: null, method: 'repeated-folds', effect: 1, superiority: 1, area: interval, time: null, ...overrides };
}

function arm(name: string, accuracy: number): ArmSummary {
  return { arm: name, metric: accuracy, trainMetric: 1, epochsToTarget: 1, secondsToTarget: 1, diverged: 0 };
}

const ARMS = [arm('normalized', 0.65), arm('raw', 0.68), arm('unit', 0.7)];

function findings(comparisons: readonly Comparison[], threshold: Threshold | null, confirmations: readonly Comparison[] = [], evidence: Evidence = sampleEvidence()): readonly Finding[] {
  const subject: Subject = { evidence, thresholds: only({ accuracyDelta: threshold }), layers: [], arms: ARMS, comparisons, confirmations, trivialMetric: 1 / 6, change: null };
  return accuracyDelta.judge(subject);
}

describe('accuracy-delta', () => {
  it.each<[string, Comparison, Threshold, Severity | null]>([
    ['a cost of the margin, surely above 0', comparison([-5, -3, -1]), DEFAULT, 'error'],
    ['a smaller cost', comparison([-4, -2.9, -1]), DEFAULT, null],
    ['a larger cost that chance explains', comparison([-20, -9, 0]), DEFAULT, null],
    ['a benefit', comparison([1, 9, 20]), DEFAULT, null],
    ['a contract is kept below its number', comparison([-3, -1.9, -1]), { warn: 2, fail: 2 }, null],
    ['and broken from there on, though it is less than the margin', comparison([-3, -2, -1], { because: 'precision' }), { warn: 2, fail: 2 }, 'error'],
    ['but never by chance', comparison([-30, -10, 1]), { warn: 2, fail: 2 }, null],
    ['below it a warning of its own', comparison([-3, -2, -1]), { warn: 1, fail: 5 }, 'warning'],
    ['or at the margin', comparison([-5, -4, -1]), { warn: null, fail: 5 }, 'warning'],
    ['no error with fail: off', comparison([-30, -20, -10]), { warn: null, fail: null }, 'warning'],
    ['on-harm: a warning below the margin', comparison([-3, -2, -1]), { warn: 1, fail: 'on-harm' }, 'warning'],
    ['on-harm: an error not before the warning', comparison([-5, -4, -1]), { warn: 5, fail: 'on-harm' }, null],
    ['on-harm: an error at both', comparison([-7, -5, -1]), { warn: 5, fail: 'on-harm' }, 'error'],
    ['where nothing learns there is nothing to lose', comparison([-9, -5, -1], { because: 'nothing-learns' }), { warn: 1, fail: 1 }, null],
  ])('%s', (_, one, threshold, severity) => {
    expect(findings([one], threshold).map((finding) => finding.severity)).toEqual(severity ? [severity] : []);
  });

  it('is silent where it is off', () => {
    expect(findings([comparison([-30, -20, -10])], null)).toEqual([]);
  });

  it('has to hold on fresh seeds', () => {
    const lost = comparison([-7, -5, -3]);
    const confirmed = comparison([-6, -2, -0.1]);
    const refuted = comparison([-6, -2, 0.1]);
    const severityWith = (again: Comparison, threshold: Threshold) => findings([lost], threshold, [again])[0]!.severity;
    expect(severityWith(confirmed, DEFAULT)).toBe('error');
    expect(severityWith(refuted, DEFAULT)).toBe('warning');
    expect(severityWith(comparison([1, 2, 3]), DEFAULT)).toBe('warning');
    expect(severityWith({ ...confirmed, because: 'nothing-learns' }, DEFAULT)).toBe('warning');
    expect(severityWith(confirmed, { warn: 1, fail: 9 })).toBe('warning');
    expect(severityWith(refuted, { warn: 1, fail: 9 })).toBe('note');
    // The fresh seeds of another arm say nothing.
    expect(severityWith({ ...refuted, arm: 'raw' }, DEFAULT)).toBe('error');
  });

  it('says what it costs, how sure that is, and what is better', () => {
    const [finding] = findings([comparison([-13.1, -9.4, -5.7])], DEFAULT, [comparison([-12, -8, -4])]);
    expect(shown(finding!.what)).toBe('The declared normalization `(x - 127) / 128` costs 9.4 points of accuracy against `unit` (`x / 255`).');
    expect(shown(finding!.why)).toBe(
      'The 95 % interval over 6 paired seeds goes from 5.7 to 13.1 points, and on 6 fresh seeds it is 8.0 points worse again: seeds and images do not explain that. The model was probably trained with another normalization than the one declared.',
    );
    expect(shown(finding!.fix!.text)).toBe('Find out how the model was trained, and declare that. `normalization: unit` is better than what is declared.');
    expect(finding!.fix!.tried).toMatchObject({ seeds: 6, metric: { before: 0.65, after: 0.7 }, loss: null, shrinkage: null, gradient: null, gain: { estimate: 9.4, low: 5.7, high: 13.1 } });
    expect(finding).toMatchObject({ arm: 'unit', sites: [], numbers: { delta: -9.4, low: -13.1, high: -5.7, p: 0.03125, confirmation: -8 } });
  });

  it('says so where fresh seeds do not show it, and recommends nothing then', () => {
    const [finding] = findings([comparison([-13.1, -9.4, -5.7])], DEFAULT, [comparison([-1, 2, 5])]);
    expect(shown(finding!.why)).toBe('The 95 % interval over 6 paired seeds goes from 5.7 to 13.1 points, but 6 fresh seeds do not confirm it (2.0 points better): it may be chance.');
    expect(finding!.fix).toBeNull();
  });

  it('does not speak of a pretraining that there was none of', () => {
    const [finding] = findings([comparison([-13, -9, -5])], DEFAULT, [], storyEvidence({ boundary: false }));
    expect(shown(finding!.why)).toMatch(/This network learns better from another input\.$/);
    expect(shown(finding!.fix!.text)).toBe('`normalization: unit`.');
  });

  it('reminds of the usual slips where the numbers are the user’s own', () => {
    const evidence = sampleEvidence();
    const arms = evidence.plan.arms.map((one) => (one.name === 'normalized' ? { ...one, preset: 'custom' } : one));
    const [finding] = findings([comparison([-13, -9, -5])], DEFAULT, [], { ...evidence, plan: { ...evidence.plan, arms } });
    expect(shown(finding!.fix!.text)).toContain('`mean` and `std` meant for pixels in 0..1');
  });

  it('tells one story, however many arms show it: the gravest first, then the largest', () => {
    const raw = comparison([-9, -6, -3], { arm: 'raw' });
    const unit = comparison([-12, -9, -6]);
    expect(findings([raw, unit], DEFAULT)).toMatchObject([{ arm: 'unit', explains: [{ arm: 'raw', explains: [] }] }]);
    expect(findings([raw, unit], DEFAULT, [comparison([-1, 0, 1])])).toMatchObject([{ arm: 'raw', severity: 'error', explains: [{ arm: 'unit', severity: 'warning' }] }]);
  });
});

describe('a wrong normalization, from runs to verdict', () => {
  const worse = [0.55, 0.575, 0.6, 0.55, 0.575, 0.55];
  const better = [0.75, 0.775, 0.8, 0.75, 0.775, 0.775];
  const evidence = storyEvidence({ accuracy: { normalized: worse, raw: worse.toReversed(), unit: better } });
  const fresh = (accuracy: Record<string, readonly number[]>) => storyEvidence({ accuracy, from: 7 }).runs;

  it('is doubted before it fails', () => {
    const first = judge(evidence, DEFAULTS, 'error');
    expect(first).toMatchObject({ verdict: 'fail', findings: [{ rule: 'accuracy-delta', severity: 'error' }] });
    expect(armsToConfirm(first)).toEqual(['normalized', 'unit']);
  });

  it('fails where fresh seeds confirm it', () => {
    const confirmed = judge({ ...evidence, confirmation: fresh({ normalized: worse, unit: better }) }, DEFAULTS, 'error');
    expect(confirmed.verdict).toBe('fail');
    expect(shown(confirmed.findings[0]!.why)).toContain('and on 6 fresh seeds it is');
  });

  it('passes with a warning where they do not', () => {
    const refuted = judge({ ...evidence, confirmation: fresh({ normalized: better, unit: better.toReversed() }) }, DEFAULTS, 'error');
    expect(refuted).toMatchObject({ verdict: 'pass', findings: [{ rule: 'accuracy-delta', severity: 'warning' }] });
  });
});
