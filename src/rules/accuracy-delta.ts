import type { ArmFacts } from '../evidence/types.ts';
import { gravestFirst } from './root-causes.ts';
import type { ArmSummary, Comparison, Finding, FixEffect, Rule, Severity, Subject, Text, Threshold } from './types.ts';
import { bound, level, name, points, text } from './words.ts';

/** The declared normalization costs what the task is judged by. docs/rules.md#accuracy-delta */
export const accuracyDelta: Rule = {
  name: 'accuracy-delta',
  judge(subject) {
    const { accuracyDelta: threshold } = subject.thresholds;
    if (!threshold) return [];
    const found = subject.comparisons
      .toSorted((a, b) => cost(b) - cost(a))
      .flatMap((comparison) => {
        const confirmation = subject.confirmations.find(({ arm }) => arm === comparison.arm) ?? null;
        const severity = severityOf(comparison, confirmation, threshold);
        return severity ? [finding(subject, comparison, confirmation, severity)] : [];
      });
    // One cause, a wrong normalization, however many arms show it.
    const [worst, ...others] = gravestFirst(found);
    return worst ? [{ ...worst, explains: others }] : [];
  },
};

/** Points that the declared normalization costs; only what seeds and images cannot explain counts. */
function cost({ benefit, because }: Comparison): number {
  return because !== 'nothing-learns' && benefit.high < 0 ? -benefit.estimate : 0;
}

/** Whether fresh seeds fail to show it again. */
function isRefuted(confirmation: Comparison | null): boolean {
  return confirmation !== null && cost(confirmation) === 0;
}

function severityOf(comparison: Comparison, confirmation: Comparison | null, { warn, fail }: Threshold): Severity | null {
  const lost = cost(comparison);
  const warnAt = warn ?? comparison.margin;
  // What is lost is harm where it reaches what matters to the user.
  const failAt = fail === 'on-harm' ? Math.max(warnAt, comparison.margin) : (fail ?? Infinity);
  if (lost > 0 && lost >= failAt) return isRefuted(confirmation) ? 'warning' : 'error';
  if (lost > 0 && lost >= warnAt) return isRefuted(confirmation) ? 'note' : 'warning';
  return null;
}

function finding(subject: Subject, comparison: Comparison, confirmation: Comparison | null, severity: Severity): Finding {
  const { arms } = subject.evidence.plan;
  const declared = arms[0]!;
  const other = arms.find((arm) => arm.name === comparison.arm)!;
  const { estimate, low, high } = comparison.benefit;
  return {
    rule: 'accuracy-delta',
    severity,
    sites: [],
    arm: comparison.arm,
    cause: 'data',
    what: text`The declared normalization ${name(declared.formula)} costs ${points(estimate)} of ${subject.evidence.task.metric} against ${name(other.name)} (${name(other.formula)})${under(other)}.`,
    why: why(subject, comparison, confirmation),
    fix: isRefuted(confirmation) ? null : { text: fixText(subject, declared.preset, other.preset), remedy: null, tried: effectOfArm(subject.arms, comparison) },
    numbers: { delta: estimate, low, high, p: comparison.p, ...(confirmation && { confirmation: confirmation.benefit.estimate }) },
    explains: [],
  };
}

/** Under which BatchNorm, where the check has several. */
function under({ against, batchnorm }: ArmFacts): string {
  return against === undefined ? '' : `, with BatchNorm in ${batchnorm!} mode`;
}

function why({ evidence }: Subject, { benefit: { low, high }, seeds, alpha }: Comparison, confirmation: Comparison | null): Text {
  const seen = `The ${level(alpha)} interval over ${seeds} paired seeds goes from ${bound(-high)} to ${points(low)}`;
  if (confirmation && isRefuted(confirmation)) {
    return text`${seen}, but ${confirmation.seeds} fresh seeds do not confirm it (${change(confirmation)}): it may be chance.`;
  }
  const again = confirmation ? `, and on ${confirmation.seeds} fresh seeds it is ${change(confirmation)} again` : '';
  const cause = evidence.model.boundary === null ? 'This network learns better from another input.' : 'The model was probably trained with another normalization than the one declared.';
  return text`${seen}${again}: seeds and images do not explain that. ${cause}`;
}

function change({ benefit: { estimate } }: Comparison): string {
  return `${points(estimate)} ${estimate < 0 ? 'worse' : 'better'}`;
}

function fixText({ evidence }: Subject, declared: string, other: string): Text {
  const better = name(`normalization: ${other}`);
  if (evidence.model.boundary === null) return text`${better}.`;
  const slips = declared === 'custom' ? text` Two usual slips: ${name('mean')} and ${name('std')} meant for pixels in 0..1 (they are in units of 0..255), and images that are normalized twice.` : [];
  return text`Find out how the model was trained, and declare that. ${better} is better than what is declared.${slips}`;
}

/** The other arm is the fix, measured on the same pairs. */
export function effectOfArm(arms: readonly ArmSummary[], { arm, against, benefit: { estimate, low, high }, equivalence, seeds }: Comparison): FixEffect {
  const metricOf = (wanted: string) => arms.find((summary) => summary.arm === wanted)!.metric;
  return {
    seeds,
    metric: { before: metricOf(against), after: metricOf(arm) },
    loss: null,
    shrinkage: null,
    gradient: null,
    gain: { estimate: -estimate, low: -high, high: -low },
    atLeast: -equivalence.high,
  };
}
