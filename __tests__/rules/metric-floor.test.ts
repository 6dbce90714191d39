import { describe, expect, it } from 'vitest';
import { judge } from '../../src/rules/judge.ts';
import type { Severity, Threshold } from '../../src/rules/types.ts';
import { storyEvidence } from './evidence.ts';
import { only, shown } from './shown.ts';

function judged(metricFloor: Threshold | null, normalized: readonly number[] = [0.7, 0.75, 0.8, 0.75, 0.75, 0.75]) {
  return judge(storyEvidence({ accuracy: { normalized, raw: 0.1 } }), only({ metricFloor }), 'error');
}

describe('metric-floor', () => {
  it.each<[string, Threshold | null, Severity | null]>([
    ['no floor', null, null],
    ['reached', { warn: null, fail: 0.75 }, null],
    ['missed', { warn: null, fail: 0.7501 }, 'error'],
    ['missed by a warning', { warn: 0.8, fail: 0.7 }, 'warning'],
    ['missed by both', { warn: 0.9, fail: 0.8 }, 'error'],
    ['a warning alone', { warn: 0.8, fail: null }, 'warning'],
  ])('%s', (_, threshold, severity) => {
    expect(judged(threshold).findings.map((finding) => finding.severity)).toEqual(severity ? [severity] : []);
  });

  it('says what is reached, and over how many seeds', () => {
    const { findings, verdict } = judged({ warn: 0.9, fail: 0.8 });
    expect(verdict).toBe('fail');
    expect(shown(findings[0]!.what)).toBe('The model reaches 75 % accuracy on held-out images; the floor is 80 %.');
    expect(shown(findings[0]!.why)).toBe('Over 6 seeds it is 70 % to 80 %; without looking at an image one would reach 17 %.');
    expect(findings[0]!.numbers).toEqual({ reached: 0.75, limit: 0.8, trivial: 1 / 6 });
  });
});
