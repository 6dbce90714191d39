import { heldOutTrivial } from '../evidence/trivial-answer.ts';
import type { ArmFacts, Evidence, Run } from '../evidence/types.ts';
import { allAlike } from '../stats/all-alike.ts';
import { equivalenceVerdict, type EquivalenceVerdict } from '../stats/equivalence.ts';
import { crossedComponents } from '../stats/crossed-components.ts';
import { repeatedFolds } from '../stats/repeated-folds.ts';
import { alphaOfLook } from '../stats/looks.ts';
import { signFlipTest } from '../stats/sign-flip.ts';
import { standardizedEffect, superiority } from '../stats/effect-size.ts';
import { targetMetric } from './arms.ts';
import { areaUnderCurve, finalMetric, mostLearn, runsOf } from './learning.ts';
import { boundsOf, intervalOverSeeds } from './intervals.ts';
import { compareTrainingTime } from './training-time.ts';
import type { Comparison, Interval } from './types.ts';

/** The arm that another one is compared with: `normalized`, under the same BatchNorm. */
export function referenceOf({ against }: ArmFacts): string {
  return against ?? 'normalized';
}

/** Points between the worst and the best that a share can be. */
const WHOLE = 100;
/** Share of the way from the answer that never looks at an image to a perfect one: an automatic margin has to be less. */
const WIDEST = 0.5;

/** Arm `normalized` against each other arm that `runs` hold, at the level of the look that their seeds are. */
export function compareArms(evidence: Evidence, runs: readonly Run[]): Comparison[] {
  const others = evidence.plan.arms.filter((arm) => arm.name !== referenceOf(arm) && runsOf(runs, arm.name).length > 0);
  return others.map((arm) => compare(evidence, referenceOf(arm), arm.name, runs));
}

function compare(evidence: Evidence, against: string, arm: string, runs: readonly Run[]): Comparison {
  const ours = runsOf(runs, against);
  const theirs = runsOf(runs, arm);
  const margin = evidence.plan.margin.points;
  const alpha = alphaOf(evidence, ours);
  const pairs = pairsOf(ours, theirs);
  const { differences, method, ...measured } = pairedBenefit(evidence, ours, theirs, alpha);
  const benefit = possible(evidence, measured.benefit, pairs, 1 - alpha);
  const equivalence = possible(evidence, measured.equivalence, pairs, 1 - 2 * alpha);
  const nothingLearns = !mostLearn(evidence, ours) && !mostLearn(evidence, theirs);
  const verdict = nothingLearns ? 'inconclusive' : verdictOf(evidence, { benefit, equivalence, margin });
  return {
    arm,
    against,
    seeds: differences.length,
    alpha,
    benefit,
    equivalence,
    p: signFlipTest(differences),
    margin,
    verdict,
    because: nothingLearns ? 'nothing-learns' : verdict === 'inconclusive' ? 'precision' : null,
    method,
    effect: standardizedEffect(differences),
    superiority: superiority(differences),
    area: intervalOverSeeds(evidence, pairs.map(([run, twin]) => 100 * (areaUnderCurve(evidence, run) - areaUnderCurve(evidence, twin))), 1 - alpha),
    time: compareTrainingTime(evidence, pairs, targetMetric(evidence), alpha),
  };
}

/** Where no pair of scores differs, an interval from its variance would be certain of what few images say. */
function possible({ task }: Pick<Evidence, 'task'>, interval: Interval, pairs: readonly (readonly [Run, Run])[], level: number): Interval {
  const { estimate, low, high } = interval.low === interval.high ? allAlike(interval.estimate, judgedImages(pairs), level) : interval;
  return task.metric === 'R²' ? { estimate, low, high } : { estimate, low: Math.max(-WHOLE, low), high: Math.min(WHOLE, high) };
}

function judgedImages(pairs: readonly (readonly [Run, Run])[]): number {
  return new Set(pairs.flat().flatMap(({ outcomes }) => outcomes.examples)).size;
}

/** A margin that only tells how little a plan can show is no difference that matters: nothing is equal by it. */
function verdictOf({ task, plan: { margin } }: Evidence, found: Parameters<typeof equivalenceVerdict>[0]): EquivalenceVerdict {
  const verdict = equivalenceVerdict(found);
  const saysNothing = !margin.chosen && margin.points >= WIDEST * WHOLE * (1 - heldOutTrivial(task).metric);
  return verdict === 'not-needed' && saysNothing ? 'inconclusive' : verdict;
}

/** What the first of two paired sets of runs gains over the second, in points of the metric. */
export function pairedBenefit(
  evidence: Pick<Evidence, 'data'>,
  ours: readonly Run[],
  theirs: readonly Run[],
  alpha = 0.05,
): { benefit: Interval; equivalence: Interval; differences: number[]; method: Comparison['method'] } {
  const pairs = pairsOf(ours, theirs);
  const differences = pairs.map(([run, twin]) => 100 * (finalMetric(run) - finalMetric(twin)));
  const { validation } = evidence.data;
  const scoreOf = ({ outcomes }: Run, image: number) => outcomes.scores[image] ?? 0;
  if (validation.kind === 'folds') {
    const heldOut = pairs.map(([run, twin]) => {
      // A run that broke down judged nothing.
      const { examples } = run.outcomes.examples.length > 0 ? run.outcomes : twin.outcomes;
      return { examples, differences: examples.map((_, image) => 100 * (scoreOf(run, image) - scoreOf(twin, image))) };
    });
    const judged = heldOut.filter(({ examples }) => examples.length > 0).length > 1 && heldOut.some(({ examples }) => examples.length > 1);
    const at = (level: number) => (judged ? boundsOf(repeatedFolds(heldOut, level)) : intervalOverSeeds(evidence, differences, level));
    return { benefit: at(1 - alpha), equivalence: at(1 - 2 * alpha), differences, method: 'repeated-folds' };
  }
  const images = Array.from({ length: validation.validationImages }, (_, image) => image);
  const outcomes = pairs.map(([run, twin]) => images.map((image) => 100 * (scoreOf(run, image) - scoreOf(twin, image))));
  const at = (level: number) => boundsOf(crossedComponents(outcomes, level));
  return { benefit: at(1 - alpha), equivalence: at(1 - 2 * alpha), differences, method: 'crossed-components' };
}

/** Confirmations, on other seeds than the plan's, are checks of their own. */
function alphaOf({ plan }: Evidence, runs: readonly Run[]): number {
  const planned = runs.every(({ seed }) => plan.seeds.includes(seed));
  return alphaOfLook(planned ? plan.looks : [], plan.seeds.length);
}

/** Runs of the same seed. */
function pairsOf(ours: readonly Run[], theirs: readonly Run[]): (readonly [run: Run, twin: Run])[] {
  return ours.flatMap((run) => {
    const twin = theirs.find(({ seed }) => seed === run.seed);
    return twin ? [[run, twin] as const] : [];
  });
}

