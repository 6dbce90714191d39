import { trivialAnswer } from '../../evidence/trivial-answer.ts';
import type { Comparison, Text, TimeComparison } from '../../rules/types.ts';
import { interval, multiple, percent, points, shortNumber } from '../numbers.ts';
import type { Report } from '../types.ts';
import { verdictText } from './verdict.ts';

/** One input of the experiment, in words. */
export interface ArmRow {
  readonly name: string;
  readonly formula: string;
  /** Of the task: `76.4 %`. */
  readonly metric: string;
  /** Null for the arm that the others are compared with, and where no comparison was made. */
  readonly benefit: Benefit | null;
  /** `never` where most runs did not reach the target. */
  readonly epochs: string;
  /** How much longer than `normalized` it trains; null where no comparison was made, or nothing reaches the target. */
  readonly time: TrainingTime | null;
  /** What went wrong, e.g. `NaN in 6 of 6 runs`. */
  readonly broken: string | null;
}

interface Benefit {
  /** The conclusion: `needed`, `not needed: under 3 apart` ... */
  readonly verdict: string;
  /** True where the data settle it in favour of a difference. */
  readonly decisive: boolean;
  /** In points: `+7.8`. */
  readonly estimate: string;
  /** 95 %: `[+4.6, +11.0]`. */
  readonly interval: string;
}

interface TrainingTime {
  /** `2.1×`; `≥ 2.1×` where runs end before they are there. */
  readonly factor: string;
  /** 95 %: `[1.4, 3.1]`. */
  readonly interval: string;
  readonly decisive: boolean;
}

/** The arms in the order of the plan; `normalized` first. */
export function armRows({ evidence, judgement }: Report): readonly ArmRow[] {
  const [normalized] = judgement.arms;
  return judgement.arms.map((summary): ArmRow => {
    const comparison = judgement.comparisons.find(({ arm }) => arm === summary.arm);
    const runs = evidence.runs.filter(({ arm }) => arm === summary.arm).length;
    return {
      name: summary.arm,
      formula: evidence.plan.arms.find(({ name }) => name === summary.arm)?.formula ?? '',
      metric: percent(summary.metric),
      benefit: comparison ? benefit(comparison, evidence.plan) : null,
      epochs: epochs(summary.epochsToTarget),
      // Where neither arrives, the few runs that do say little.
      time: comparison?.time && (summary.epochsToTarget ?? normalized?.epochsToTarget ?? null) !== null ? trainingTime(comparison.time) : null,
      broken: summary.diverged === 0 ? null : `NaN or infinity in ${summary.diverged} of ${runs} runs`,
    };
  });
}

/** What the table needs said: how an input treats a pixel, and what the epochs count. */
export function armLegend(rows: readonly ArmRow[], report: Report): Text {
  const inputs = rows.flatMap(({ name, formula }, index): Text => [...(index === 0 ? [] : [', ']), { name }, ' = ', { name: formula }]);
  return ['Pixels x from 0 to 255: ', ...inputs, '. ', epochsLegend(report)];
}

/** The target lies above what is trivial, unless nothing has learned anything. */
function epochsLegend({ evidence: { task }, judgement: { targetMetric, trivialMetric } }: Report): string {
  return targetMetric > trivialMetric
    ? `Epochs: median of the runs until ${percent(targetMetric)} ${task.metric}; never: most runs end before. ×: how many times as long as normalized.`
    : `Nothing scores more than ${trivialAnswer(task)} (${percent(trivialMetric)}).`;
}

function benefit(comparison: Comparison, plan: Report['evidence']['plan']): Benefit {
  const { benefit: { estimate, low, high } } = comparison;
  return {
    verdict: verdictText(comparison, plan),
    decisive: comparison.verdict === 'needed' || comparison.verdict === 'harmful',
    estimate: points(estimate),
    interval: interval(low, high),
  };
}

function trainingTime({ ratio: { estimate, low, high }, censored, verdict }: TimeComparison): TrainingTime {
  const bound = censored.other > 0 && censored.normalized > 0 ? 'about ' : censored.other > 0 ? '≥ ' : censored.normalized > 0 ? '≤ ' : '';
  return { factor: bound + multiple(estimate), interval: `[${multiple(low)}, ${multiple(high)}]`, decisive: verdict !== 'inconclusive' };
}

function epochs(toTarget: number | null): string {
  return toTarget === null ? 'never' : shortNumber(toTarget);
}
