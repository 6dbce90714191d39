import { heldOutTrivial } from '../evidence/trivial-answer.ts';
import type { Evidence, Run } from '../evidence/types.ts';
import { signFlipTest } from '../stats/sign-flip.ts';
import { intervalOverSeeds } from './intervals.ts';
import type { TimeComparison } from './types.ts';

/** Scores are taken once an epoch: who is there before the first epoch ends counts as having needed half of one. */
const SOONEST = 0.5;

/**
 * Compares in how many epochs two paired sets of runs reach a target of the metric, by the logarithm of the ratio. A run that
 * ends before is counted as arriving one epoch after its plan, the earliest that it can: its ratio is a bound, and the
 * signs and ranks stay what they are.
 *
 * @param pairs arm `normalized` and another one, by seed
 * @param target on held-out images, above what is trivial
 * @param alpha level of the interval's test
 * @returns null where there is nothing to reach, or no run reaches it
 */
export function compareTrainingTime(evidence: Evidence, pairs: readonly (readonly [run: Run, twin: Run])[], target: number, alpha = 0.05): TimeComparison | null {
  if (target <= heldOutTrivial(evidence.task).metric) return null;
  const arrivals = pairs.map((pair) => pair.map((run) => epochsUntil(run, target)) as [number | null, number | null]);
  if (arrivals.every(([ours, theirs]) => ours === null && theirs === null)) return null;
  const late = evidence.plan.epochs + 1;
  const logRatios = arrivals.map(([ours, theirs]) => Math.log((theirs ?? late) / (ours ?? late)));
  const { estimate, low, high } = intervalOverSeeds(evidence, logRatios, 1 - alpha);
  return {
    ratio: { estimate: Math.exp(estimate), low: Math.exp(low), high: Math.exp(high) },
    p: signFlipTest(logRatios),
    censored: { normalized: count(arrivals, 0), other: count(arrivals, 1) },
    verdict: low > 0 ? 'faster' : high < 0 ? 'slower' : 'inconclusive',
  };
}

function epochsUntil({ epochs }: Run, target: number): number | null {
  const arrival = epochs.find(({ validation }) => validation.metric >= target);
  return arrival ? Math.max(arrival.epoch, SOONEST) : null;
}

function count(arrivals: readonly (readonly [number | null, number | null])[], side: 0 | 1): number {
  return arrivals.filter((pair) => pair[side] === null).length;
}
