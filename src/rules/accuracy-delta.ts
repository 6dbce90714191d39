import type { ArmFacts } from '../evidence/types.ts';
import type { Comparison, Finding, Rule, Severity, Subject, Text, Threshold } from './types.ts';
import { name, points, text } from './words.ts';

/** The declared normalization costs accuracy. docs/rules.md#accuracy-delta */
export const accuracyDelta: Rule = {
  name: 'accuracy-delta',
  judge(subject) {
    const { accuracyDelta: threshold } = subject.thresholds;
    if (!threshold) return [];
    return subject.comparisons.flatMap((comparison) => {
      const confirmation = subject.confirmations.find(({ arm }) => arm === comparison.arm) ?? null;
      const severity = severityOf(comparison, confirmation, threshold);
      return severity ? [finding(subject, comparison, confirmation, severity)] : [];
    });
  },
};

/** Points that the declared normalization costs; only what seeds and images cannot explain counts. */
function cost({ benefit, because }: Comparison): number {
  return because === null && benefit.high < 0 ? -benefit.estimate : 0;
}

function severityOf(comparison: Comparison, confirmation: Comparison | null, { warn, fail }: Threshold): Severity | null {
  const lost = cost(comparison);
  const limit = fail === 'on-harm' ? comparison.margin : (fail ?? Infinity);
  const confirmed = confirmation === null || cost(confirmation) > 0;
  if (lost > 0 && lost >= limit) return confirmed ? 'error' : 'warning';
  return lost > 0 && lost >= (warn ?? comparison.margin) ? 'warning' : null;
}

function finding({ evidence }: Subject, comparison: Comparison, confirmation: Comparison | null, severity: Severity): Finding {
  const { arms } = evidence.plan;
  const declared = arms[0]!;
  const other = arms.find((arm) => arm.name === comparison.arm)!;
  const { estimate, low, high } = comparison.benefit;
  return {
    rule: 'accuracy-delta',
    severity,
    sites: [],
    what: text`The declared normalization ${name(declared.formula)} costs ${points(estimate)} of accuracy against ${name(other.formula)}.`,
    why: text`${interval(low, high)} over ${comparison.seeds} paired seeds${again(confirmation)}: seeds and images do not explain it. The model was probably trained with another normalization than the one declared.`,
    fix: { text: fixText(declared, other), remedy: null, tried: null },
    numbers: { delta: estimate, low, high, p: comparison.p, ...(confirmation && { confirmation: confirmation.benefit.estimate }) },
    explains: [],
  };
}

function interval(low: number, high: number): Text {
  return text`Between ${(-high).toFixed(1)} and ${(-low).toFixed(1)} points (95 % interval)`;
}

function again(confirmation: Comparison | null): string {
  if (!confirmation) return '';
  const difference = `${points(confirmation.benefit.estimate)} ${confirmation.benefit.estimate < 0 ? 'worse' : 'better'}`;
  return cost(confirmation) > 0 ? `, and ${difference} again on ${confirmation.seeds} fresh ones` : `, but not confirmed on ${confirmation.seeds} fresh ones (${difference})`;
}

function fixText(declared: ArmFacts, other: ArmFacts): Text {
  const forgotten = declared.preset === 'custom' ? ' Check whether it was meant for pixels in 0..1: `mean` and `std` are in units of 0..255.' : '';
  return text`Find out how the model was trained and declare that; of what was measured here, ${name(`normalization: ${other.preset}`)} is better.${forgotten}`;
}
