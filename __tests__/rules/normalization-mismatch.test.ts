import { describe, expect, it } from 'vitest';
import type { RememberedInput } from '../../src/evidence/types.ts';
import { armsToConfirm, judge } from '../../src/rules/judge.ts';
import type { Severity, Threshold } from '../../src/rules/types.ts';
import { storyEvidence } from './evidence.ts';
import { DEFAULTS, only, shown } from './shown.ts';

const REMEMBERED: RememberedInput = { told: true, preset: 'unit', formula: 'x / 255', probability: 0.998, difference: 0.99, arm: null, memories: ['stem_bn'] };
const DEFAULT = DEFAULTS.normalizationMismatch;
const HIGH = [0.75, 0.775, 0.8, 0.75, 0.775, 0.75];
const LOW = HIGH.map((share) => share - 0.2);

function judged(remembered: Partial<RememberedInput>, threshold: Threshold | null = DEFAULT, accuracy: Record<string, readonly number[]> = { normalized: HIGH, raw: HIGH }, accuracyDelta: Threshold | null = null) {
  const evidence = storyEvidence({ accuracy });
  return judge({ ...evidence, model: { ...evidence.model, remembered: { ...REMEMBERED, ...remembered } } }, only({ normalizationMismatch: threshold, accuracyDelta }), 'error');
}

describe('normalization-mismatch', () => {
  it.each<[string, Partial<RememberedInput>, Threshold | null, Severity | null]>([
    ['another input', {}, DEFAULT, 'warning'],
    ['the same within a tenth of the range', { difference: 0.099 }, DEFAULT, null],
    ['from there on', { difference: 0.1 }, DEFAULT, 'warning'],
    ['another kind', { difference: Infinity }, DEFAULT, 'warning'],
    ['what cannot be told', { told: false }, DEFAULT, null],
    ['a contract', { difference: 0.3 }, { warn: 0.2, fail: 0.3 }, 'error'],
    ['below the contract', { difference: 0.29 }, { warn: 0.2, fail: 0.3 }, 'warning'],
    ['switched off', {}, null, null],
  ])('%s', (_, remembered, threshold, severity) => {
    expect(judged(remembered, threshold).findings.map((finding) => finding.severity)).toEqual(severity ? [severity] : []);
  });

  it('is silent without anything pretrained that remembers', () => {
    expect(judge(storyEvidence({}), only({ normalizationMismatch: DEFAULT }), 'error').findings).toEqual([]);
  });

  it('says what is remembered, what is fed, and that the cost is not known', () => {
    const [finding] = judged({}).findings;
    expect(shown(finding!.what)).toBe('This model remembers inputs of `x / 255`; you feed `(x - 127) / 128`: what that costs was not measured.');
    expect(shown(finding!.why)).toBe('The data. Its first BatchNormalization (`stem_bn`) kept mean and variance of what it was trained on; with a probability of 99.8 % that was `x / 255`. The two differ by up to 99 % of the range.');
    expect(shown(finding!.fix!.text)).toBe('Declare `normalization: unit`, or add `unit` to `input.arms` to see what it costs. If the pixels are scaled before they get here, undo that.');
  });

  it('says what it costs where that was measured, and fails with what it explains', () => {
    const { findings, verdict, ...rest } = judged({ arm: 'unit' }, DEFAULT, { normalized: LOW, unit: HIGH }, DEFAULTS.accuracyDelta);
    expect(verdict).toBe('fail');
    expect(findings).toMatchObject([{ rule: 'normalization-mismatch', severity: 'error', arm: 'unit', explains: [{ rule: 'accuracy-delta', severity: 'error' }] }]);
    expect(shown(findings[0]!.what)).toMatch(/^This model remembers inputs of `x \/ 255`; you feed `\(x - 127\) \/ 128`: measured cost 20\.0 points \[1\d\.\d, 2\d\.\d\] \(95 % interval\)\.$/);
    expect(findings[0]!.fix!.tried).toMatchObject({ seeds: 6, gain: { estimate: expect.closeTo(20, 6) as number } });
    expect(armsToConfirm({ findings, verdict, ...rest })).toEqual(['normalized', 'unit']);
  });

  it('says what it costs beside a better arm where what is remembered was not compared', () => {
    const [finding] = judged({}, DEFAULT, { normalized: LOW, raw: HIGH }).findings;
    expect(shown(finding!.what)).toMatch(/: measured cost against `raw` 20\.0 points \[1\d\.\d, 2\d\.\d\] \(95 % interval\)\.$/);
    expect(finding).toMatchObject({ severity: 'warning', arm: 'raw', fix: { tried: null } });
  });

  it('is a note where it was measured to cost nothing', () => {
    expect(judged({ arm: 'unit' }, DEFAULT, { normalized: HIGH, unit: HIGH }).findings).toMatchObject([{ severity: 'note' }]);
    expect(judged({ arm: 'unit' }, DEFAULT, { normalized: HIGH, unit: LOW }).findings).toMatchObject([{ severity: 'note' }]);
  });

  it('names what has no preset by its formula', () => {
    const [finding] = judged({ preset: null, formula: 'x / 255 - 0.5' }).findings;
    expect(shown(finding!.fix!.text)).toContain('Declare what `x / 255 - 0.5` says, as `normalization: { mean, std }`');
  });

  it('claims no cost where the interval holds 0', () => {
    const uneven = HIGH.map((share, seed) => share + (seed % 2 === 0 ? 0.2 : -0.15));
    const [finding] = judged({ arm: 'unit' }, DEFAULT, { normalized: HIGH, unit: uneven }).findings;
    expect(shown(finding!.what)).toMatch(/: whether that costs anything cannot be told: 2\.5 points \[−\d+\.\d, \d+\.\d\] \(95 % interval\)\.$/);
  });

  it.each([
    ['x / 255', 'The two are in another order of channels (RGB, BGR).'],
    ['(x - mean of the image) / std of the image', 'The one standardizes each image by itself, the other treats all alike.'],
  ])('says in what way %s is of another kind', (formula, difference) => {
    expect(shown(judged({ difference: Infinity, formula }).findings[0]!.why)).toContain(difference);
  });
});
