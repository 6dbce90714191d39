import { strToU8, zipSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isUserError } from '../../src/errors.ts';
import { finishedRun, reportIn } from '../../src/github/fork-report.ts';
import { canonicalJson, renderJson } from '../../src/report/json.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import type { Report } from '../../src/report/types.ts';
import { workflowRun } from '../e2e/payloads.ts';
import { hostileText } from '../report/hostile.ts';
import { htmlOf, REFERENCES, skeletonOf, textsOf, treeOf } from '../report/markdown-tree.ts';
import { renamed } from '../report/renamed.ts';
import { REPORTS, vanishing } from '../report/sample.ts';

function archive(files: Readonly<Record<string, string>>): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])));
}

function codeOf(files: Readonly<Record<string, string>> | Uint8Array): string {
  try {
    reportIn(files instanceof Uint8Array ? files : archive(files), 'layer-vitals');
    return 'taken';
  } catch (error) {
    if (!isUserError(error)) throw error;
    expect(error.message).not.toContain('\n');
    return error.code;
  }
}

/** A report as its JSON, one thing in it changed. */
function changed(change: (report: { evidence: Record<string, unknown>; judgement: Record<string, unknown> }) => void): string {
  const report = JSON.parse(renderJson(vanishing())) as Parameters<typeof change>[0];
  change(report);
  return JSON.stringify(report);
}

describe.each(REPORTS)('the artifact of %s', (_, report) => {
  test('gives the very report that the check would have commented', () => {
    const { id, publication } = reportIn(archive({ 'evidence.json': renderJson(report()), 'report.md': '# forged' }), 'layer-vitals');
    expect(id).toBe(report().evidence.check.id);
    for (const detail of ['full', 'minimal'] as const) expect(publication.render(detail)).toBe(renderMarkdown(report(), { detail }));
  });
});

test('an artifact of a check that could not run says so, and is no pass', () => {
  const { id, publication } = reportIn(archive({ 'could-not-run.json': canonicalJson({ check: 'head', code: 'no-images', what: 'There are no images.', fix: 'Add some.' }) }), 'x');
  expect({ id, failure: publication.failure }).toEqual({ id: 'head', failure: expect.stringContaining('no-images') as string });
  expect(publication.render('full')).toMatch(/could not run[\s\S]*There are no images/);
});

describe('a hostile artifact', () => {
  const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;

  test.each([
    ['no archive', strToU8('hello'), 'bad-artifact'],
    ['an archive that is cut short', archive({ 'evidence.json': renderJson(vanishing()) }).slice(0, 900), 'bad-artifact'],
    ['an archive without a report', { 'report.md': 'hi' }, 'bad-artifact'],
    ['a path that leads out', { '../evidence.json': renderJson(vanishing()) }, 'bad-artifact'],
    ['a bomb', { 'evidence.json': '0'.repeat(65 * 2 ** 20) }, 'bad-artifact'],
    ['no JSON', { 'evidence.json': '{"evidence":' }, 'bad-report'],
    ['JSON that is nested too deep', { 'evidence.json': `{"evidence":${deep},"judgement":{}}` }, 'bad-report'],
    ['another version', { 'evidence.json': changed(({ evidence }) => (evidence.version = 3)) }, 'evidence-version'],
    ['another type', { 'evidence.json': changed(({ judgement }) => (judgement.layers = 'none')) }, 'bad-report'],
    ['a verdict of its own', { 'evidence.json': changed(({ judgement }) => (judgement.verdict = '<b>pass</b>')) }, 'bad-report'],
    ['an id with a line break', { 'evidence.json': changed(({ evidence }) => (evidence.check = { id: 'a\n-->', config: 'x' })) }, 'bad-report'],
    ['a code with markup', { 'could-not-run.json': canonicalJson({ check: 'a', code: '`<b>', what: '', fix: '' }) }, 'bad-report'],
  ] as const)('is refused in one line: %s', (_, files, code) => {
    expect(codeOf(files)).toBe(code);
  });

  test('writes no markup, no mention and no reference by a name', () => {
    const of = (report: Report) => treeOf(reportIn(archive({ 'evidence.json': renderJson(report) }), 'x').publication.render('full'));
    const named = (text: string): Report => ({ ...renamed(vanishing(), (name) => (name === vanishing().evidence.check.id ? 'id' : `a${text}a`)) });
    const benign = skeletonOf(of(named('name')));
    fc.assert(
      fc.property(hostileText, (text) => {
        const tree = of(named(text));
        expect(skeletonOf(tree)).toEqual(benign);
        for (const shown of textsOf(tree)) for (const pattern of Object.values(REFERENCES)) expect(pattern.test(shown)).toBe(false);
        expect(htmlOf(renderMarkdown(named(text), { detail: 'full' }))).not.toMatch(/<(a|img|script)\b/);
      }),
      { numRuns: 20 },
    );
  });
});

describe('the run that has ended', () => {
  const repo = { owner: 'Codertocat', repo: 'Hello-World' };

  test('is known by what GitHub says of it', () => {
    const { payload } = workflowRun({ headSha: 'a'.repeat(40) });
    expect(finishedRun({ eventName: 'workflow_run', payload, repo })).toMatchObject({ headSha: 'a'.repeat(40), head: 'stranger:changes', attempt: 1 });
  });

  test('is of no interest where it was of no pull request', () => {
    expect(finishedRun({ eventName: 'workflow_run', payload: workflowRun({ event: 'push' }).payload, repo })).toBeNull();
  });

  test('is asked for on no other event', () => {
    expect(() => finishedRun({ eventName: 'pull_request', payload: {}, repo })).toThrow(expect.toSatisfy((error) => isUserError(error) && error.code === 'wrong-event'));
  });
});
