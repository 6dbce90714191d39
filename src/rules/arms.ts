import { heldOutTrivial } from '../evidence/trivial-answer.ts';
import type { EpochScore, Evidence, Run } from '../evidence/types.ts';
import { mean, median } from '../stats/summary.ts';
import { finalMetric, runsOf } from './learning.ts';
import type { ArmSummary } from './types.ts';

/** Share of the way from the trivial predictor to the best arm at which a run counts as trained. */
const TARGET_SHARE = 0.95;

/** One score for all arms: whoever reaches it later is slower. */
export function targetMetric(evidence: Evidence): number {
  const trivial = heldOutTrivial(evidence.task);
  const best = Math.max(...evidence.plan.arms.map(({ name }) => mean(runsOf(evidence.runs, name).map(finalMetric))));
  return trivial.metric + TARGET_SHARE * Math.max(0, best - trivial.metric);
}

export function summarizeArms(evidence: Evidence): ArmSummary[] {
  const target = targetMetric(evidence);
  const somethingLearned = target > heldOutTrivial(evidence.task).metric;
  return evidence.plan.arms.map(({ name }) => {
    const runs = runsOf(evidence.runs, name);
    const arrivals = runs.map(({ epochs }) => (somethingLearned ? epochs.find(({ validation }) => validation.metric >= target) : undefined));
    return {
      arm: name,
      metric: mean(runs.map(finalMetric)),
      trainMetric: mean(runs.map(({ epochs }) => epochs.at(-1)?.train.metric ?? 0)),
      // A run that never arrives takes infinitely long: a censored time, which a median can take.
      epochsToTarget: finiteOrNull(median(arrivals.map((arrival) => arrival?.epoch ?? Infinity))),
      secondsToTarget: finiteOrNull(median(arrivals.map((arrival, index) => (arrival ? secondsUntil(arrival, evidence, runs[index]!) : Infinity)))),
      diverged: runs.filter(({ nonFinite }) => nonFinite !== null).length,
    };
  });
}

function secondsUntil({ step }: EpochScore, { timing }: Evidence, { arm, seed }: Run): number {
  const timed = timing.runs.find((run) => run.arm === arm && run.seed === seed);
  if (!timed) return Number.NaN;
  return step === 0 ? 0 : (timed.seconds * step) / timed.steps;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
