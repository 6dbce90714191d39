import { inlineCode, markdownText } from '../escape.ts';
import type { Report } from '../types.ts';
import { facts, findingCounts, headline, type Outcome } from '../words/headline.ts';

const MARKS: Readonly<Record<Outcome, string>> = { pass: '✅', 'pass-with-findings': '⚠️', fail: '❌' };

/** The verdict as a heading, then one line of what was checked. */
export function headlineSection(report: Report): string {
  const { outcome, text } = headline(report);
  const counts = findingCounts(report.judgement.findings);
  const about = [...checkName(report.evidence.check.id), ...(counts === null ? [] : [`**${counts}**`]), ...facts(report).map(markdownText)];
  return `### ${MARKS[outcome]} layer-vitals: ${markdownText(text)}\n\n${about.join(' · ')}`;
}

/** Which check it is, where it is not the one at the root of the repository. */
function checkName(id: string): readonly string[] {
  const name = id.replace(/\/?layer-vitals$/, '');
  return name === '' ? [] : [inlineCode(name)];
}
