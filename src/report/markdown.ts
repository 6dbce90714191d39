import { inlineCode, markdownText, prose } from './escape.ts';
import { armsSection } from './markdown/arms.ts';
import { classesSection } from './markdown/classes.ts';
import { certaintySection } from './markdown/certainty.ts';
import { changeSection } from './markdown/change.ts';
import { chartSection } from './markdown/chart.ts';
import { findingsSection } from './markdown/findings.ts';
import { headlineSection } from './markdown/headline.ts';
import { layersSection } from './markdown/layers.ts';
import { notesSection } from './markdown/notes.ts';
import { reproduceSection } from './markdown/reproduce.ts';
import type { CouldNotRun, Detail, Report } from './types.ts';
import { weakest } from './words/headline.ts';

export type { CouldNotRun, Detail, Report } from './types.ts';

/**
 * The report as GitHub Markdown, for a comment or a job summary. Whatever comes from files is escaped (escape.ts).
 * No line break stands inside a paragraph: a comment would show it, a file would not.
 */
export function renderMarkdown(report: Report, { detail }: { readonly detail: Detail }): string {
  const sections = [
    headlineSection(report),
    findingsSection(report, detail),
    changeSection(report, detail),
    detail === 'full' ? chartSection(report) : null,
    armsSection(report, detail),
    classesSection(report, detail),
    report.judgement.findings.length === 0 ? weakestSection(report) : null,
    layersSection(report, detail),
    detail === 'minimal' ? null : certaintySection(report),
    notesSection(report, detail),
    reproduceSection(report.evidence),
    detail === 'full' ? null : 'Shortened to fit: the job summary has all of it.',
    footer(report),
  ];
  return sections.filter((section) => section !== null).join('\n\n') + '\n';
}

/** The comment of a check that could not run for a reason that the user can mend. It is never a pass. */
export function renderCouldNotRun({ code, what, fix }: CouldNotRun): string {
  return [
    '### 🚫 layer-vitals could not run, so there is no verdict',
    `**What:** ${prose(what)}`,
    `**Fix:** ${prose(fix)}`,
    `<sub>${inlineCode(code)} · the check fails until it can run</sub>`,
  ].join('\n\n') + '\n';
}

function weakestSection(report: Report): string | null {
  const text = weakest(report);
  return text === null ? null : markdownText(text);
}

function footer({ evidence: { environment } }: Report): string {
  const { version, backend, tfjs } = environment;
  return `<sub>layer-vitals ${inlineCode(version)} · ${inlineCode(backend)} · TensorFlow.js ${inlineCode(tfjs)}</sub>`;
}
