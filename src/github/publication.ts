import { isUserError } from '../errors.ts';
import { renderJson } from '../report/json.ts';
import { renderCouldNotRun, renderMarkdown } from '../report/markdown.ts';
import { logSafe } from '../report/plain.ts';
import type { Detail, Report } from '../report/types.ts';
import { annotationsOf, type Annotation } from './annotations.ts';
import { COULD_NOT_RUN, outputsOf, type Outputs } from './outputs.ts';

/** What a check leaves behind on GitHub, however it ended. */
export interface Publication {
  /** Markdown with nothing left out. */
  readonly report: string;
  readonly render: (detail: Detail) => string;
  /** JSON; null where nothing was measured. */
  readonly evidence: string | null;
  readonly annotations: readonly Annotation[];
  readonly outputs: Outputs;
  /** Why the step fails; null where it passes. */
  readonly failure: string | null;
}

export function publicationOfReport(report: Report): Publication {
  const full = renderMarkdown(report, { detail: 'full' });
  return {
    report: full,
    render: (detail) => (detail === 'full' ? full : renderMarkdown(report, { detail })),
    evidence: renderJson(report),
    annotations: annotationsOf(report),
    outputs: outputsOf(report),
    failure: report.judgement.verdict === 'fail' ? failureOf(report.judgement) : null,
  };
}

/** Could-not-run is never a pass, whatever `fail-on` says: for a UserError, and for a bug of ours. */
export function publicationOfError(error: unknown): Publication {
  const { code, what, fix } = isUserError(error) ? error : bug(error);
  const text = renderCouldNotRun({ code, what, fix });
  return {
    report: text,
    render: () => text,
    evidence: null,
    annotations: [],
    outputs: COULD_NOT_RUN,
    failure: logSafe(`layer-vitals could not run (${code}): ${what} ${fix}`),
  };
}

function bug(error: unknown): { code: string; what: string; fix: string } {
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'bug',
    what: `layer-vitals broke: ${message}`,
    fix: 'This is a bug of layer-vitals, not of your code. Please report it with the log of this step.',
  };
}

function failureOf({ failOn, findings }: Report['judgement']): string {
  const failing = findings.filter(({ severity, known }) => !known && (severity === 'error' || (failOn === 'warning' && severity === 'warning')));
  const rules = [...new Set(failing.map(({ rule }) => rule))];
  return `layer-vitals fails on ${rules.join(', ')}: see the comment or the job summary.`;
}
