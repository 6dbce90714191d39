import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../src/evidence/types.ts';
import { judge } from '../../src/rules/judge.ts';
import type { Finding, Severity, Threshold } from '../../src/rules/types.ts';
import { type SampleLayer, sampleReferences, sampleTrial, type Story, storyEvidence, VANISHING, vanishingEvidence } from './evidence.ts';
import { DEFAULTS, only, shown } from './shown.ts';

const DEFAULT = DEFAULTS.stdShrinkage!;

function findings(evidence: Evidence, threshold: Threshold | null = DEFAULT): readonly Finding[] {
  return judge(evidence, only({ stdShrinkage: threshold }), 'error').findings;
}

const LEARNS = { normalized: [0.7, 0.72, 0.74, 0.71, 0.73, 0.72] };
const STUCK = { normalized: 1 / 6 };

/** One weak layer between two sound ones. */
const WEAK: readonly SampleLayer[] = [
  { id: 'a', relativeGain: 0.95 },
  { id: 'b', relativeGain: 0.02 },
  { id: 'c', relativeGain: 0.9 },
  { id: 'logits', part: 'output', targetGain: 1, relativeGain: 0.001 },
];

describe('std-shrinkage', () => {
  it('stays silent at the limit, fires below it', () => {
    const at = (relativeGain: number) => findings(storyEvidence({ layers: [{ id: 'a', relativeGain, targetGain: 1 }], accuracy: LEARNS }), { warn: 0.25, fail: null });
    expect(at(0.25)).toEqual([]);
    expect(at(0.249)).toMatchObject([{ rule: 'std-shrinkage', severity: 'warning', sites: ['a'] }]);
  });

  it('stays silent where it is off, where no layer is judged, and on healthy layers', () => {
    expect(findings(vanishingEvidence(), null)).toEqual([]);
    expect(findings(storyEvidence({ layers: [{ id: 'logits', part: 'output', relativeGain: 0.001 }] }))).toEqual([]);
    expect(findings(storyEvidence({}))).toEqual([]);
    // Glorot before ReLU, eight layers deep: a library's default.
    const glorot = Array.from({ length: 8 }, (_, i) => ({ id: `dense_${i}`, relativeGain: Math.SQRT1_2 }));
    expect(findings(storyEvidence({ layers: glorot, accuracy: LEARNS }))).toEqual([]);
  });

  it('says what, why and how to mend it', () => {
    const [finding] = findings(vanishingEvidence(), { warn: 0.05, fail: 0.05 });
    expect(shown(finding!.what)).toBe('After `head_6`, 0.0086 % of the signal is left (limit 5 %). 6 layers pass on about × 0.21 each; the first is `head_1` (× 0.21).');
    expect(shown(finding!.why)).toBe(
      'Initialization. The weights of `head_1` have std 0.0060; with 112 inputs before `relu` they need 0.13. Redrawn at that scale, the same layer passes on × 0.98, so the data are not the cause.',
    );
    expect(shown(finding!.fix!.text)).toBe('`kernel-initializer: he-normal` on `head_1`, `head_2`, `head_3`, `head_4`, `head_5` and `head_6`.');
    expect(finding!.sites).toEqual(['head_1', 'head_2', 'head_3', 'head_4', 'head_5', 'head_6']);
    // 0.21^4 * 0.2 * 0.22
    expect(finding!.numbers.figure).toBeCloseTo(8.557e-5, 8);
    expect(finding!.numbers.limit).toBe(0.05);
    expect(finding!.numbers['first-relative-gain']).toBeCloseTo(0.21, 12);
  });

  it('names one weak layer as the place, though the loss shows first further on', () => {
    const [finding] = findings(storyEvidence({ layers: WEAK, accuracy: LEARNS }));
    expect(finding!.sites).toEqual(['b']);
    expect(shown(finding!.what)).toBe('After `c`, 1.7 % of the signal is left (limit 3 %). `b` passes on × 0.020.');
  });
});

describe('the severity of std-shrinkage', () => {
  /** S is 0.0171 at the start. */
  const weak = (story: Story) => storyEvidence({ layers: WEAK, ...story });
  const trialOf = (accuracy: readonly number[]) => [sampleTrial(['b'], { layers: WEAK.map((layer) => ({ ...layer, relativeGain: 0.95 })), accuracy: { normalized: accuracy } })];
  const healed = WEAK.map((layer) => ({ ...layer, relativeGainAtEnd: 0.9 }));
  const better = LEARNS.normalized.map((accuracy) => accuracy + 0.1);
  const barely = LEARNS.normalized.map((accuracy) => accuracy + 0.02);
  const same = LEARNS.normalized.toReversed();

  it.each<[string, Threshold, Evidence, Severity]>([
    ['a number in the config fails, whether or not it harms', { warn: 0.03, fail: 0.03 }, weak({ accuracy: LEARNS }), 'error'],
    ['and even if it heals', { warn: 0.03, fail: 0.03 }, weak({ layers: healed, accuracy: LEARNS }), 'error'],
    ['above that number it warns', { warn: 0.03, fail: 0.01 }, weak({ accuracy: LEARNS }), 'warning'],
    ['the default warns where nothing is harmed', DEFAULT, weak({ accuracy: LEARNS }), 'warning'],
    ['fails where the runs do not learn', DEFAULT, weak({ accuracy: STUCK }), 'error'],
    ['fails where the fix makes them clearly better', DEFAULT, { ...weak({ accuracy: LEARNS }), trials: trialOf(better) }, 'error'],
    ['warns where the fix makes them better by less than matters', DEFAULT, { ...weak({ accuracy: LEARNS }), trials: trialOf(barely) }, 'warning'],
    ['warns where the fix makes no clear difference', DEFAULT, { ...weak({ accuracy: LEARNS }), trials: trialOf(same) }, 'warning'],
    ['notes what heals', DEFAULT, weak({ layers: healed, accuracy: LEARNS }), 'note'],
    ['but not where it harmed all the same', DEFAULT, weak({ layers: healed, accuracy: STUCK }), 'error'],
    ['nor is that a note with fail: off', { warn: 0.03, fail: null }, weak({ layers: healed, accuracy: STUCK }), 'warning'],
    ['never fails with fail: off', { warn: 0.03, fail: null }, weak({ accuracy: STUCK }), 'warning'],
  ])('%s', (_, threshold, evidence, severity) => {
    expect(findings(evidence, threshold)).toMatchObject([{ severity }]);
  });

  it('follows most runs where some learn', () => {
    const learning = (runs: number) => findings(weak({ accuracy: { normalized: LEARNS.normalized.map((accuracy, i) => (i < runs ? accuracy : 1 / 6)) } }));
    expect(learning(4)).toMatchObject([{ severity: 'warning' }]);
    expect(learning(3)).toMatchObject([{ severity: 'error' }]);
  });
});

describe('the example of a vanishing head', () => {
  it('fails with its own threshold and with the default, and explains that nothing learns', () => {
    for (const stdShrinkage of [{ warn: 0.05, fail: 0.05 }, DEFAULT]) {
      const { verdict, findings: found, worst } = judge(vanishingEvidence(), { ...DEFAULTS, stdShrinkage }, 'error');
      expect(verdict).toBe('fail');
      expect(found).toMatchObject([{ rule: 'std-shrinkage', severity: 'error', explains: [{ rule: 'not-learning', severity: 'error' }] }]);
      expect(worst?.site).toBe('head_6');
    }
  });

  it('passes with layers that are initialized well', () => {
    const layers = VANISHING.map((layer) => ({ ...layer, relativeGain: 0.98 }));
    expect(judge(storyEvidence({ layers, accuracy: LEARNS }), DEFAULTS, 'warning')).toMatchObject({ verdict: 'pass', findings: [] });
  });

  it('says × 1 for what a redraw passes on where nothing is lost', () => {
    const references = sampleReferences('head_1', { gain: 0.3, reference: Math.SQRT2 });
    const [finding] = findings(vanishingEvidence({ references }));
    expect(shown(finding!.why)).toContain('passes on × 1.0, so the data are not the cause');
  });
});
