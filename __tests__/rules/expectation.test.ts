import { describe, expect, it } from 'vitest';
import { armsToConfirm, judge } from '../../src/rules/judge.ts';
import type { Expected, Finding } from '../../src/rules/types.ts';
import { storyEvidence } from './evidence.ts';
import { only, shown } from './shown.ts';

const HIGH = [0.75, 0.775, 0.8, 0.75, 0.775, 0.75];
const LOW = HIGH.map((share) => share - 0.2);
const AGAIN = 7;

function judged(accuracy: { readonly normalized: readonly number[]; readonly raw: readonly number[] }, expected: Expected, again?: typeof accuracy, margin = 15) {
  const evidence = storyEvidence({ accuracy });
  const confirmation = again ? storyEvidence({ accuracy: again, from: AGAIN }).runs : [];
  return judge({ ...evidence, plan: { ...evidence.plan, margin: { points: margin, planned: 10, chosen: true } }, confirmation }, only({ expectation: { raw: expected } }), 'error');
}

const needed = { normalized: HIGH, raw: LOW };
const harmful = { normalized: LOW, raw: HIGH };
const equal = { normalized: HIGH, raw: HIGH };

describe('expectation', () => {
  it.each<[string, typeof needed, Expected, Finding['severity'][]]>([
    ['needed, and it is', needed, 'needed', []],
    ['needed, and it is not', equal, 'needed', ['error']],
    ['needed, and it does harm', harmful, 'needed', ['error']],
    ['not needed, and it is not', equal, 'not-needed', []],
    ['not needed, and it is', needed, 'not-needed', ['error']],
    ['not needed, and it does harm, which is another matter', harmful, 'not-needed', []],
  ])('%s', (_, accuracy, expected, severities) => {
    expect(judged(accuracy, expected).findings.map(({ severity }) => severity)).toEqual(severities);
  });

  it('is not contradicted by a help that is certain, though smaller than the margin', () => {
    const little = { normalized: HIGH, raw: HIGH.map((share) => share - 0.05) };
    expect(judged(little, 'needed')).toMatchObject({ verdict: 'pass', findings: [], comparisons: [{ verdict: 'not-needed' }] });
  });

  it('is not contradicted by an open question', () => {
    // Nineteen to twenty-one points around a margin of twenty and a half.
    expect(judged(needed, 'not-needed', undefined, 20.5)).toMatchObject({ verdict: 'pass', findings: [], comparisons: [{ verdict: 'inconclusive' }] });
  });

  it('has to hold on fresh seeds', () => {
    expect(armsToConfirm(judged(equal, 'needed'))).toEqual(['normalized', 'raw']);
    expect(judged(equal, 'needed', equal)).toMatchObject({ verdict: 'fail', findings: [{ severity: 'error' }] });
    expect(judged(equal, 'needed', needed)).toMatchObject({ verdict: 'pass', findings: [{ severity: 'note', fix: null }] });
  });

  it('asks what the model was trained with only where it was', () => {
    const fix = (boundary: boolean) => {
      const evidence = storyEvidence({ accuracy: harmful, boundary });
      const [finding] = judge({ ...evidence, plan: { ...evidence.plan, margin: { points: 15, planned: 10, chosen: true } } }, only({ expectation: { raw: 'needed' } }), 'error').findings;
      return shown(finding!.fix!.text);
    };
    expect(fix(true)).toBe('The declared normalization is probably the wrong one: `raw` does better by 20.0 points. Find out how the model was trained, and declare that as `input.normalization`.');
    expect(fix(false)).toBe('The declared normalization does harm: `raw` does better by 20.0 points. Feed the network that, or declare another `input.normalization`.');
  });

  it('is about the arm that it names', () => {
    const evidence = storyEvidence({ accuracy: { normalized: HIGH, raw: HIGH, unit: LOW } });
    expect(judge(evidence, only({ expectation: { unit: 'not-needed' } }), 'error').findings).toMatchObject([{ arm: 'unit' }]);
  });

  it('says what was expected, what is, and how sure that is', () => {
    const [finding] = judged(equal, 'needed', equal).findings;
    expect(shown(finding!.what)).toBe('The config expects that normalization is needed against `raw`; it is not needed.');
    expect(shown(finding!.why)).toBe('Over 6 paired seeds the 90 % interval of what it brings goes from −1.2 to 1.2 points of accuracy: within the margin of 15 points, and 6 fresh seeds say so again.');
    expect(shown(finding!.fix!.text)).toContain('`expect: { raw: not-needed }`');
    // Of none in 240 images: 100 (1 - 0.025^(1/240)).
    expect(finding!.numbers).toEqual({ benefit: 0, low: expect.closeTo(-1.5253, 4) as number, high: expect.closeTo(1.5253, 4) as number, margin: 15, confirmation: 0 });
  });

  it('does not advise to expect less where the declared normalization does harm', () => {
    const [finding] = judged(harmful, 'needed', harmful).findings;
    expect(shown(finding!.fix!.text)).toBe('The declared normalization is probably the wrong one: `raw` does better by 20.0 points. Find out how the model was trained, and declare that as `input.normalization`.');
    expect(shown(finding!.why)).toMatch(/ goes from −2\d\.\d to −1\d\.\d points of accuracy: /);
  });
});
