import { isUserError } from '../errors.ts';
import { type Chart, chartsOf } from '../report/charts.ts';
import { renderJson } from '../report/json.ts';
import { renderCouldNotRun, renderMarkdown } from '../report/markdown.ts';
import { logSafe, plainText } from '../report/plain.ts';
import type { CouldNotRun, Detail, Report } from '../report/types.ts';
import { headline } from '../report/words/headline.ts';
import { type Annotation, annotationOfError, annotationsOf, type Place } from './annotations.ts';
import type { Conclusion } from './check-run.ts';
import { COULD_NOT_RUN, outputsOf, type Outputs } from './outputs.ts';
import { digest } from './run-stamp.ts';

type Finding = Report['judgement']['findings'][number];

/** What a check leaves behind on GitHub, however it ended. */
export interface Publication {
  /** The verdict in one line of plain text. */
  readonly title: string;
  /** Markdown with nothing left out. */
  readonly report: string;
  readonly render: (detail: Detail) => string;
  readonly charts: readonly Chart[];
  /** JSON; null where nothing was measured. */
  readonly evidence: string | null;
  /** Why nothing was measured; null where there is evidence. */
  readonly couldNotRun: CouldNotRun | null;
  readonly annotations: readonly Annotation[];
  readonly conclusion: Conclusion;
  /** Whether there is nothing to say but that all is well. */
  readonly quiet: boolean;
  /** Equal for two reports that say the same of a change. */
  readonly says: string;
  readonly outputs: Outputs;
  /** Why the step fails; null where it passes. */
  readonly failure: string | null;
}

/** @param placeOf where a finding is to be mended */
export function publicationOfReport(report: Report, placeOf: (finding: Finding) => Place): Publication {
  const { judgement } = report;
  const full = renderMarkdown(report, { detail: 'full' });
  return {
    title: plainText(headline(report).text),
    report: full,
    render: (detail) => (detail === 'full' ? full : renderMarkdown(report, { detail })),
    charts: chartsOf(report),
    evidence: renderJson(report),
    couldNotRun: null,
    annotations: annotationsOf(report, placeOf),
    conclusion: conclusionOf(judgement),
    quiet: judgement.verdict === 'pass' && judgement.findings.every(({ severity }) => severity === 'note'),
    says: digest([judgement.verdict, judgement.findings.map(({ rule, severity, sites }) => [rule, severity, sites]), judgement.comparisons.map(({ arm, verdict }) => [arm, verdict])]),
    outputs: outputsOf(report),
    failure: judgement.verdict === 'fail' ? failureOf(judgement) : null,
  };
}

/** Could-not-run is never a pass, whatever `fail-on` says: for a UserError, and for a bug of ours. */
export function publicationOfError(error: unknown): Publication {
  const { code, what, fix } = isUserError(error) ? error : bug(error);
  return publicationOfCouldNotRun({ code, what, fix });
}

export function publicationOfCouldNotRun({ code, what, fix }: CouldNotRun): Publication {
  const text = renderCouldNotRun({ code, what, fix });
  return {
    title: logSafe(`could not run: ${what}`),
    report: text,
    render: () => text,
    charts: [],
    evidence: null,
    couldNotRun: { code, what, fix },
    annotations: annotationOfError({ what, fix }),
    conclusion: 'failure',
    quiet: false,
    says: digest([code, what]),
    outputs: COULD_NOT_RUN,
    failure: logSafe(`layer-vitals could not run (${code}): ${what} ${fix}`),
  };
}

/** Neutral where nothing is wrong and no comparison could be told: neither a failure nor an answer. */
function conclusionOf({ verdict, findings, comparisons }: Report['judgement']): Conclusion {
  if (verdict === 'fail') return 'failure';
  const open = comparisons.length > 0 && comparisons.every((comparison) => comparison.verdict === 'inconclusive');
  return open && findings.every(({ severity }) => severity === 'note') ? 'neutral' : 'success';
}

function bug(error: unknown): CouldNotRun {
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
