import type { Evidence, Run } from '../evidence/types.ts';
import { equivalenceVerdict } from '../stats/equivalence.ts';
import { crossedComponents } from '../stats/crossed-components.ts';
import { signFlipTest } from '../stats/sign-flip.ts';
import { standardizedEffect, superiority } from '../stats/effect-size.ts';
import { targetAccuracy } from './arms.ts';
import { areaUnderCurve, finalAccuracy, mostLearn, runsOf } from './learning.ts';
import { boundsOf, intervalOverSeeds } from './intervals.ts';
import { compareTrainingTime } from './training-time.ts';
import type { Comparison, Interval } from './types.ts';

/** Arm `normalized` against each other arm that `runs` hold. */
export function compareArms(evidence: Evidence, runs: readonly Run[]): Comparison[] {
  const others = evidence.plan.arms.slice(1).filter(({ name }) => runsOf(runs, name).length > 0);
  return others.map(({ name }) => compare(evidence, runsOf(runs, 'normalized'), name, runsOf(runs, name)));
}

function compare(evidence: Evidence, ours: readonly Run[], arm: string, theirs: readonly Run[]): Comparison {
  const margin = evidence.plan.margin.points;
  const { benefit, equivalence, differences, method } = pairedBenefit(evidence, ours, theirs);
  const pairs = pairsOf(ours, theirs);
  const nothingLearns = !mostLearn(evidence, ours) && !mostLearn(evidence, theirs);
  const verdict = nothingLearns ? 'inconclusive' : equivalenceVerdict({ benefit, equivalence, margin });
  return {
    arm,
    seeds: differences.length,
    benefit,
    equivalence,
    p: signFlipTest(differences),
    margin,
    verdict,
    because: nothingLearns ? 'nothing-learns' : verdict === 'inconclusive' ? 'precision' : null,
    method,
    effect: standardizedEffect(differences),
    superiority: superiority(differences),
    area: intervalOverSeeds(evidence, pairs.map(([run, twin]) => 100 * (areaUnderCurve(evidence, run) - areaUnderCurve(evidence, twin))), 0.95),
    time: compareTrainingTime(evidence, pairs, targetAccuracy(evidence)),
  };
}

/** What the first of two paired sets of runs gains over the second, in points of accuracy. */
export function pairedBenefit(
  evidence: Pick<Evidence, 'data'>,
  ours: readonly Run[],
  theirs: readonly Run[],
): { benefit: Interval; equivalence: Interval; differences: number[]; method: Comparison['method'] } {
  const pairs = pairsOf(ours, theirs);
  const differences = pairs.map(([run, twin]) => 100 * (finalAccuracy(run) - finalAccuracy(twin)));
  const { validation } = evidence.data;
  if (validation.kind === 'folds') {
    const at = (level: number) => intervalOverSeeds(evidence, differences, level);
    return { benefit: at(0.95), equivalence: at(0.9), differences, method: 'corrected-resampled-t' };
  }
  const isRight = ({ outcomes }: Run, image: number) => Number(outcomes.correct[image] ?? false);
  const images = Array.from({ length: validation.validationImages }, (_, image) => image);
  const outcomes = pairs.map(([run, twin]) => images.map((image) => 100 * (isRight(run, image) - isRight(twin, image))));
  const at = (level: number) => boundsOf(crossedComponents(outcomes, level));
  return { benefit: at(0.95), equivalence: at(0.9), differences, method: 'crossed-components' };
}

/** Runs of the same seed. */
function pairsOf(ours: readonly Run[], theirs: readonly Run[]): (readonly [run: Run, twin: Run])[] {
  return ours.flatMap((run) => {
    const twin = theirs.find(({ seed }) => seed === run.seed);
    return twin ? [[run, twin] as const] : [];
  });
}

