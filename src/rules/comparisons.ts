import type { Evidence, Run } from '../evidence/types.ts';
import { equivalenceVerdict } from '../stats/equivalence.ts';
import { correctedResampledT } from '../stats/corrected-resampled-t.ts';
import { crossedComponents } from '../stats/crossed-components.ts';
import { signFlipTest } from '../stats/sign-flip.ts';
import { finalAccuracy, mostLearn, runsOf } from './learning.ts';
import type { Comparison, Interval } from './types.ts';

/** Arm `normalized` against each other arm that `runs` hold. */
export function compareArms(evidence: Evidence, runs: readonly Run[]): Comparison[] {
  const others = evidence.plan.arms.slice(1).filter(({ name }) => runsOf(runs, name).length > 0);
  return others.map(({ name }) => compare(evidence, runsOf(runs, 'normalized'), name, runsOf(runs, name)));
}

function compare(evidence: Evidence, ours: readonly Run[], arm: string, theirs: readonly Run[]): Comparison {
  const margin = evidence.plan.margin.points;
  const { benefit, equivalence, differences, method } = pairedBenefit(evidence, ours, theirs);
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
  };
}

/** What the first of two paired sets of runs gains over the second, in points of accuracy. */
export function pairedBenefit(
  { data: { validation } }: Pick<Evidence, 'data'>,
  ours: readonly Run[],
  theirs: readonly Run[],
): { benefit: Interval; equivalence: Interval; differences: number[]; method: Comparison['method'] } {
  const pairs = ours.flatMap((run) => {
    const twin = theirs.find(({ seed }) => seed === run.seed);
    return twin ? [[run, twin] as const] : [];
  });
  const differences = pairs.map(([run, twin]) => 100 * (finalAccuracy(run) - finalAccuracy(twin)));
  if (validation.kind === 'folds') {
    const at = (level: number) => intervalOf(correctedResampledT(differences, validation, level));
    return { benefit: at(0.95), equivalence: at(0.9), differences, method: 'corrected-resampled-t' };
  }
  const isRight = ({ outcomes }: Run, image: number) => Number(outcomes.correct[image] ?? false);
  const images = Array.from({ length: validation.validationImages }, (_, image) => image);
  const outcomes = pairs.map(([run, twin]) => images.map((image) => 100 * (isRight(run, image) - isRight(twin, image))));
  const at = (level: number) => intervalOf(crossedComponents(outcomes, level));
  return { benefit: at(0.95), equivalence: at(0.9), differences, method: 'crossed-components' };
}

function intervalOf({ estimate, low, high }: Interval): Interval {
  return { estimate, low, high };
}
