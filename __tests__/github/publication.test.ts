import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { annotationOfError, ANNOTATIONS_PER_LEVEL, annotationsOf, forLog } from '../../src/github/annotations.ts';
import { outputsOf } from '../../src/github/outputs.ts';
import { publicationOfError, publicationOfReport } from '../../src/github/publication.ts';
import type { Report } from '../../src/report/types.ts';
import type { Finding, Judgement } from '../../src/rules/types.ts';
import { comparison, passing, SHRINKING, vanishing } from '../report/sample.ts';

const PLACE = { file: 'layer-vitals.yml', line: 4 };

function judged(report: Report, judgement: Partial<Judgement>): Report {
  return { ...report, judgement: { ...report.judgement, ...judgement } };
}

function times(n: number, finding: Finding): Finding[] {
  return Array.from({ length: n }, () => finding);
}

describe('annotations', () => {
  test('say what, why and how to mend it, at the place of the finding', () => {
    const [annotation] = annotationsOf(judged(passing(), { findings: [{ ...SHRINKING, what: ['Lost in ', { name: 'a b' }] }] }), () => PLACE);
    expect(annotation).toMatchObject({ level: 'error', title: 'layer-vitals: std-shrinkage', ...PLACE });
    expect(annotation!.message).toMatch(/^Lost in 'a b'\nWhy: .+\nFix: .+$/);
  });

  test('leave out what another finding explains: it has one cause', () => {
    expect(annotationsOf(judged(passing(), { findings: [{ ...SHRINKING, explains: times(3, SHRINKING) }] }), () => PLACE)).toHaveLength(1);
  });

  test('in the log are no more than GitHub shows, of each level', () => {
    const errors = times(ANNOTATIONS_PER_LEVEL + 3, SHRINKING);
    const notes = times(ANNOTATIONS_PER_LEVEL, { ...SHRINKING, severity: 'note' });
    const annotations = forLog(annotationsOf(judged(passing(), { findings: [...errors, ...notes] }), () => PLACE));
    const of = (level: string): string[] => annotations.filter((one) => one.level === level).map(({ message }) => message);
    expect(of('error')).toHaveLength(ANNOTATIONS_PER_LEVEL);
    expect(of('error').at(-1)).toMatch(/^4 more/);
    expect(of('notice')).toHaveLength(ANNOTATIONS_PER_LEVEL);
    expect(of('notice').at(-1)).not.toMatch(/more/);
  });

  test('of an error stand where it says', () => {
    expect(annotationOfError({ what: 'sub/layer-vitals.yml:3:5: Unknown key.', fix: 'Remove it.' })).toEqual([
      { level: 'error', title: 'layer-vitals', message: 'sub/layer-vitals.yml:3:5: Unknown key. Remove it.', file: 'sub/layer-vitals.yml', line: 3 },
    ]);
    expect(annotationOfError({ what: 'There are no images.', fix: 'Add some.' })).toEqual([]);
  });
});

describe('outputs', () => {
  test('are the figures, not rounded, and JSON where they are many', () => {
    const benefit = { estimate: 7.123456789, low: 4, high: 11 };
    const report = judged(passing(), {
      comparisons: [comparison('raw', { benefit }), comparison('unit', { benefit: { ...benefit, estimate: NaN } })],
      worst: { site: 'head_1', shrinkage: 0.912345678 },
    });
    const outputs = outputsOf(report);
    expect(outputs).toMatchObject({ verdict: 'pass', 'worst-shrinkage': '0.912345678' });
    expect(JSON.parse(outputs['accuracy-delta'])).toEqual({ raw: 7.123456789, unit: null });
  });

  test('hold each finding with what it explains, as plain text', () => {
    const effect: Finding = { ...SHRINKING, rule: 'not-learning', what: ['Nothing is learned'], fix: null, explains: [] };
    const findings = [{ ...SHRINKING, what: ['Lost in ', { name: 'h' }], explains: [effect] }];
    expect(JSON.parse(outputsOf(judged(passing(), { findings })).findings)).toMatchObject([
      { rule: 'std-shrinkage', what: 'Lost in h', explains: [{ rule: 'not-learning', what: 'Nothing is learned', fix: null }] },
    ]);
  });

  test('have an empty share where no layer is judged', () => {
    expect(outputsOf(judged(passing(), { worst: null }))['worst-shrinkage']).toBe('');
  });
});

describe('a publication', () => {
  test('of a pass does not fail the step', () => {
    expect(publicationOfReport(passing(), () => PLACE)).toMatchObject({ failure: null, outputs: { verdict: 'pass' } });
  });

  test('of a fail names the rules that count', () => {
    const warning: Finding = { ...SHRINKING, rule: 'not-learning', severity: 'warning' };
    const findings = [SHRINKING, SHRINKING, warning];
    const failure = (failOn: Judgement['failOn']): string | null =>
      publicationOfReport(judged(vanishing(), { verdict: 'fail', failOn, findings }), () => PLACE).failure;
    expect(failure('error')).toBe('layer-vitals fails on std-shrinkage: see the comment or the job summary.');
    expect(failure('warning')).toMatch(/on std-shrinkage, not-learning:/);
  });

  test.each([
    ['needed', [], 'success'],
    ['inconclusive', [], 'neutral'],
    ['inconclusive', [{ ...SHRINKING, severity: 'warning' }], 'success'],
  ] as const)('whose comparisons are %s concludes %#: %s', (verdict, findings, conclusion) => {
    const report = judged(passing(), { comparisons: [comparison('raw', { verdict }), comparison('unit', { verdict })], findings });
    expect(publicationOfReport(report, () => PLACE).conclusion).toBe(conclusion);
  });

  test('of a fail and of one that could not run concludes in a failure, never neutral', () => {
    expect(publicationOfReport(vanishing(), () => PLACE).conclusion).toBe('failure');
    expect(publicationOfError(new UserError('no-images', 'There are no images.', 'Add some.')).conclusion).toBe('failure');
  });

  test('says the same for other figures, and something else for another finding', () => {
    const says = (report: Report) => publicationOfReport(report, () => PLACE).says;
    const again = { ...passing(), evidence: { ...passing().evidence, timing: { total: 99, trunk: 1, runs: [] } } };
    expect(says(again)).toBe(says(passing()));
    expect(says(judged(passing(), { findings: [SHRINKING] }))).not.toBe(says(passing()));
  });

  test('of a UserError says what and how to mend it, everywhere', () => {
    const { failure, render, outputs, evidence } = publicationOfError(new UserError('no-images', 'There are no images.', 'Add some.'));
    expect(failure).toBe('layer-vitals could not run (no-images): There are no images. Add some.');
    expect(render('minimal')).toMatch(/There are no images[\s\S]*Add some/);
    expect({ verdict: outputs.verdict, evidence }).toEqual({ verdict: 'could-not-run', evidence: null });
  });

  test('of anything else is a bug of ours, and never a pass', () => {
    const { failure, render, outputs } = publicationOfError(new TypeError('x is not a function'));
    expect(failure).toMatch(/bug of layer-vitals/);
    expect(render('full')).toMatch(/x is not a function/);
    expect(outputs.verdict).toBe('could-not-run');
  });

  test('of an error holds no command to the runner', () => {
    const { failure } = publicationOfError(new UserError('x', 'No file a\n::stop-commands::x.', 'Mend it.'));
    expect(failure).not.toMatch(/\n|::/);
  });
});
