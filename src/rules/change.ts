import { comparabilityOf } from '../evidence/comparability.ts';
import { canonical } from '../evidence/serialize.ts';
import type { ArmFacts, Evidence, Run } from '../evidence/types.ts';
import { mean } from '../stats/summary.ts';
import { pairedBenefit, referenceOf } from './comparisons.ts';
import { intervalOverSeeds } from './intervals.ts';
import { layerChanges } from './layer-changes.ts';
import { finalMetric, learned, runsOf } from './learning.ts';
import type { ArmChange, BenefitChange, ChangeEffect, Subject } from './types.ts';

/**
 * What a change did: the same check before and after it, paired by seed. Pure.
 *
 * @param after with the figures that are derived from its evidence
 */
export function changeEffect(before: Pick<Subject, 'evidence' | 'layers'>, after: Pick<Subject, 'evidence' | 'layers'>): ChangeEffect {
  const [old, now] = [before.evidence, after.evidence];
  const comparability = comparabilityOf(old.environment, now.environment);
  const rounding = comparability.kind === 'rounding' ? { tolerance: comparability.tolerance, why: comparability.why } : null;
  const sameImages = JSON.stringify({ ...old.data, path: '' }) === JSON.stringify({ ...now.data, path: '' });
  const oldArms = new Set(old.plan.arms.map(({ name }) => name));
  const nowArms = new Set(now.plan.arms.map(({ name }) => name));
  const sameMetric = old.task.metric === now.task.metric;
  const shared = sameMetric ? now.plan.arms.filter(({ name }) => oldArms.has(name)) : [];
  const compared = shared.filter((arm) => arm.name !== referenceOf(arm));
  return {
    identical: sameBits(old, now),
    rounding,
    sameImages,
    ...(sameMetric ? {} : { otherMetric: old.task.metric }),
    arms: shared.flatMap(({ name: arm }) => armChange(old, now, arm, sameImages) ?? []),
    benefits: compared.flatMap((arm) => benefitChange(now, arm, now.runs, old.runs) ?? []),
    confirmed: compared.flatMap((arm) => benefitChange(now, arm, now.confirmation, old.confirmation) ?? []),
    stuck: { before: shareStuck(old), after: shareStuck(now) },
    newArms: [...nowArms].filter((name) => !oldArms.has(name)),
    goneArms: [...oldArms].filter((name) => !nowArms.has(name)),
    ...layerChanges(before, after, rounding?.tolerance ?? 0),
  };
}

/** Whether all that was measured is the same to the last bit, on the seeds that both have. */
function sameBits(before: Evidence, after: Evidence): boolean {
  const seeds = new Set(before.runs.map(({ seed }) => seed).filter((seed) => after.runs.some((run) => run.seed === seed)));
  const measured = ({ sites, trunk, runs, references }: Evidence) => JSON.stringify([sites, trunk, references, runs.filter(({ seed }) => seeds.has(seed))], canonical);
  return seeds.size > 0 && measured(before) === measured(after);
}

function armChange(before: Evidence, after: Evidence, arm: string, sameImages: boolean): ArmChange | null {
  const pairs = pairsBySeed(runsOf(after.runs, arm), runsOf(before.runs, arm));
  if (pairs.length === 0) return null;
  const [now, then] = [pairs.map(([run]) => run), pairs.map(([, run]) => run)];
  // Other images are no pairs: then it is a matter of the seeds alone.
  const difference = sameImages
    ? pairedBenefit(after, now, then).benefit
    : intervalOverSeeds(after, pairs.map(([run, twin]) => 100 * (finalMetric(run) - finalMetric(twin))), 0.95);
  return { arm, seeds: pairs.length, before: mean(then.map(finalMetric)), after: mean(now.map(finalMetric)), difference };
}

/** How the benefit of normalization moved: the difference of two paired differences. */
function benefitChange(after: Evidence, facts: ArmFacts, nowRuns: readonly Run[], oldRuns: readonly Run[]): BenefitChange | null {
  const arm = facts.name;
  const benefits = (runs: readonly Run[]) => new Map(pairsBySeed(runsOf(runs, referenceOf(facts)), runsOf(runs, arm)).map(([run, twin]) => [run.seed, 100 * (finalMetric(run) - finalMetric(twin))]));
  const [now, then] = [benefits(nowRuns), benefits(oldRuns)];
  const seeds = [...now.keys()].filter((seed) => then.has(seed));
  if (seeds.length === 0) return null;
  const moved = intervalOverSeeds(after, seeds.map((seed) => now.get(seed)! - then.get(seed)!), 0.95);
  return { arm, seeds: seeds.length, before: mean(seeds.map((seed) => then.get(seed)!)), after: mean(seeds.map((seed) => now.get(seed)!)), moved };
}

/** Share of the runs of arm `normalized` that learn nothing. */
function shareStuck(evidence: Evidence): number {
  const runs = runsOf(evidence.runs, 'normalized');
  return runs.filter((run) => !learned(evidence, run)).length / runs.length;
}

function pairsBySeed(runs: readonly Run[], others: readonly Run[]): (readonly [run: Run, twin: Run])[] {
  const bySeed = new Map(others.map((run) => [run.seed, run]));
  return runs.flatMap((run) => {
    const twin = bySeed.get(run.seed);
    return twin ? [[run, twin] as const] : [];
  });
}
