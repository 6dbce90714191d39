import type { Evidence, Run } from '../evidence/types.ts';
import { mean, median } from '../stats/summary.ts';
import { finalAccuracy, runsOf, trivialAccuracy } from './learning.ts';
import type { ArmSummary } from './types.ts';

/** Share of the way from the trivial predictor to the best arm at which a run counts as trained. */
const TARGET_SHARE = 0.95;

/** One accuracy for all arms: whoever reaches it later is slower. */
export function targetAccuracy(evidence: Evidence): number {
  const trivial = trivialAccuracy(evidence);
  const best = Math.max(...evidence.plan.arms.map(({ name }) => mean(runsOf(evidence.runs, name).map(finalAccuracy))));
  return trivial + TARGET_SHARE * Math.max(0, best - trivial);
}

export function summarizeArms(evidence: Evidence): ArmSummary[] {
  const target = targetAccuracy(evidence);
  const somethingLearned = target > trivialAccuracy(evidence);
  return evidence.plan.arms.map(({ name }) => {
    const runs = runsOf(evidence.runs, name);
    const epochs = runs.map((run) => (somethingLearned ? epochsTo(target, run) : Infinity));
    const seconds = runs.map((run, index) => (epochs[index]! / evidence.plan.epochs) * secondsOf(evidence, run));
    return {
      arm: name,
      accuracy: mean(runs.map(finalAccuracy)),
      trainAccuracy: mean(runs.map((run) => run.epochs.at(-1)?.train.accuracy ?? 0)),
      epochsToTarget: finiteOrNull(median(epochs)),
      secondsToTarget: finiteOrNull(median(seconds)),
      diverged: runs.filter(({ nonFinite }) => nonFinite !== null).length,
    };
  });
}

/** Infinite where the run ends before: a censored time, which a median can take. */
function epochsTo(target: number, { epochs }: Run): number {
  return epochs.find(({ validation }) => validation.accuracy >= target)?.epoch ?? Infinity;
}

function secondsOf({ timing }: Evidence, { arm, seed }: Run): number {
  return timing.runs.find((run) => run.arm === arm && run.seed === seed)?.seconds ?? Number.NaN;
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
