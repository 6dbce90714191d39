import type { FixEffect, Severity, Subject, Threshold } from './types.ts';
import { mean } from '../stats/summary.ts';
import { finalMetric, mostLearn, runsOf } from './learning.ts';

/** What decides how grave a symptom is. */
export interface Gravity {
  readonly threshold: Threshold;
  /** Whether the figure crosses a limit. */
  readonly crosses: (limit: number) => boolean;
  /** Whether the symptom is gone at the end of training. */
  readonly isHealed: boolean;
  /** What fixes did that were tried. */
  readonly effects: readonly FixEffect[];
}

/**
 * The gate that every symptom passes: a number that the user wrote under `fail` is a contract, harm or not; the shipped
 * `on-harm` asks for harm as well; a symptom that heals without harm is a note.
 */
export function severityOf(subject: Subject, { threshold: { warn, fail }, crosses, isHealed, effects }: Gravity): Severity {
  if (typeof fail === 'number' && crosses(fail)) return 'error';
  const isHarmed = harms(subject, effects);
  if (fail === 'on-harm' && warn !== null && isHarmed) return 'error';
  return isHealed && !isHarmed ? 'note' : 'warning';
}

/** Harm: the runs do not learn, or are clearly worse than the same runs with a fix. */
function harms({ evidence }: Pick<Subject, 'evidence'>, effects: readonly FixEffect[]): boolean {
  return !mostLearn(evidence, runsOf(evidence.runs, 'normalized')) || effects.some((effect) => isClearGain(evidence, effect));
}

/** A training loss below this share of that of guessing is what a healthy network gets to. */
const LEARNED = 0.2;
/** In fewer epochs everything is left to learn, and nothing is to be concluded from that. */
export const FEWEST_EPOCHS = 6;

/** Whether the runs could be clearly better: the training images are not learned well, and held-out ones not known. */
export function hasRoom({ evidence }: Pick<Subject, 'evidence'>): boolean {
  const runs = runsOf(evidence.runs, 'normalized');
  if (runs.length < FEWEST_SEEDS || evidence.plan.epochs < FEWEST_EPOCHS) return false;
  const left = mean(runs.map(({ epochs }) => epochs.at(-1)?.train.loss ?? Infinity)) / evidence.task.trivial.loss;
  return !(left < LEARNED) && 100 * (1 - mean(runs.map(finalMetric))) >= evidence.plan.margin.points;
}

/** Two seeds that happen to gain the same would make an interval without width. */
export const FEWEST_SEEDS = 3;

/** Clearly, and by what matters to the user. One-sided: a fix is tried because it is expected to help. */
export function isClearGain({ plan }: Subject['evidence'], { gain, atLeast, seeds }: FixEffect): boolean {
  return seeds >= FEWEST_SEEDS && atLeast > 0 && gain.estimate >= plan.margin.points;
}
