import type { Finding, Severity } from '../../rules/types.ts';
import { markdownText } from '../escape.ts';
import { count } from '../numbers.ts';
import type { Detail, Report } from '../types.ts';
import { findingParts } from '../words/findings.ts';

const MARKS: Readonly<Record<Severity, string>> = { error: '❌', warning: '⚠️', note: 'ℹ️' };
/** How many findings are told in full, and how many more in one line each. */
const ROOM: Readonly<Record<Detail, readonly [told: number, listed: number]>> = { full: [6, Infinity], 'folded-short': [4, 10], minimal: [2, 3] };

/** Each root cause with where, why and what to do; what it explains stands with it. */
export function findingsSection({ evidence: { task }, judgement: { findings } }: Report, detail: Detail): string | null {
  if (findings.length === 0) return null;
  const [told, listed] = ROOM[detail];
  const rest = findings.slice(told);
  const lines = rest.slice(0, listed).map(({ severity, what }) => `- ${MARKS[severity]} ${markdownText(what)}`);
  if (rest.length > listed) lines.push(`- and ${count(rest.length - listed, 'more finding')}`);
  return [...findings.slice(0, told).map((finding) => inFull(finding, task.metric)), ...(lines.length > 0 ? [lines.join('\n')] : [])].join('\n\n');
}

function inFull(finding: Finding, metric: string): string {
  const parts = findingParts(finding, metric).map(({ label, text }) => `- **${label}:** ${markdownText(text)}`);
  return `${MARKS[finding.severity]} **${markdownText(finding.what)}** \`${finding.rule}\`\n\n${parts.join('\n')}`;
}
