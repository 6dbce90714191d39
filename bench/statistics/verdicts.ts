/** What the product says of stored outcomes, as rows of the tables of docs/results/statistics.md. Takes seconds. */
import { randomOf } from '../../src/engine/seeding.ts';
import type { Run } from '../../src/evidence/types.ts';
import { equivalenceReach } from '../../src/stats/precision.ts';
import { mean, sampleVariance } from '../../src/stats/summary.ts';
import { harmed, judge, meanDifference } from './experiments.ts';
import { type Experiment, labelsOf, type Line, restore } from './stored.ts';
import { MANY_SEEDS_EXPERIMENTS, NOISE, NOISE_SEEDS, noisyArm, SEEDS, TRAINING_SETS } from './studies.ts';

/** A share: how many of how many. */
export type Share = readonly [count: number, total: number];

export interface Tables {
  /** Experiments of arms that are treated the same. `narrow`: with a margin of the user's of 2 points. */
  readonly calibration: readonly { readonly group: string; readonly margin: number; readonly decisive: Share; readonly narrow: Share; readonly confirmed: Share }[];
  readonly coverage: readonly Coverage[];
  /** One arm with so large a share of wrong labels. */
  readonly noise: readonly Coverage[];
  readonly power: readonly { readonly group: string; readonly seeds: number; readonly needed: readonly { readonly points: number; readonly share: Share }[] }[];
  /** `margin` where the plan calls equality reachable, and by default. */
  readonly equivalence: readonly { readonly group: string; readonly margin: number; readonly isReach: boolean; readonly notNeeded: Share }[];
}

export interface Coverage {
  readonly group: string;
  /** What the arms differ in; null for nothing. */
  readonly effect: string | null;
  readonly seeds: number;
  /** Over all training images that may be drawn, in points, and the standard deviation between those that were. */
  readonly truth: number;
  readonly truthsDiffer: number | null;
  readonly held: Share;
  /** Intervals that hold the truth of their own training images; null where that was not measured. */
  readonly heldOwn: Share | null;
  readonly beyondChance: Share;
  readonly needed: Share;
}

const LOOKS = [6, 12, 24];
const EFFECTS = [0, 1, 2, 5, 10];
const NARROW = 2;

/** @param pools folders of class folders, by name */
export async function tablesOf(lines: readonly Line[], pools: Readonly<Record<string, string>>): Promise<Tables> {
  const labels = await labelsOf(pools);
  const experiments = lines.map((line) => restore(line, labels));
  const of = (...studies: readonly string[]) => grouped(experiments.filter(({ study }) => studies.includes(study)));
  const truths = truthsOf(experiments);
  return {
    calibration: [...of('null'), ...pooled(experiments.filter(({ study }) => study === 'null'))].map(([group, members]) => calibration(group, members)),
    coverage: [
      ...of('null').map(([group, members]) => coverage({ group, effect: null, arm: 'theirs', seeds: SEEDS }, members, () => 0)),
      ...of('coverage').flatMap(([group, members]) => LOOKS.filter((seeds) => seeds <= seedsIn(members)).map((seeds) => coverage({ group, effect: 'raw pixels', arm: 'theirs', seeds }, members, (one) => truths.get(truthOf(one))!))),
    ],
    noise: of('noise').flatMap(([group, members]) =>
      NOISE.flatMap((noise) => LOOKS.filter((seeds) => seeds <= NOISE_SEEDS).map((seeds) => coverage({ group, effect: `${100 * noise} %`, arm: noisyArm(noise), seeds }, members, (one) => truths.get(truthOf(one, noisyArm(noise)))!))),
    ),
    power: of('null').flatMap(([group, members]) => power(group, members)),
    equivalence: of('null').flatMap(([group, members]) => [true, false].map((isReach) => equivalence(group, members, isReach))),
  };
}

function grouped(experiments: readonly Experiment[]): [string, Experiment[]][] {
  const groups = new Map<string, Experiment[]>();
  for (const one of experiments) {
    const group = `${one.pool}, ${one.design}`;
    groups.set(group, [...(groups.get(group) ?? []), one]);
  }
  return [...groups];
}

function pooled(experiments: readonly Experiment[]): [string, readonly Experiment[]][] {
  return experiments.length === 0 ? [] : [['all', experiments]];
}

function calibration(group: string, experiments: readonly Experiment[]): Tables['calibration'][number] {
  const verdicts = experiments.map((one) => verdictOf(one));
  const confirmed = experiments.filter((one, index) => {
    if (verdicts[index]!.verdict !== 'harmful') return false;
    const again = judge(one.drawn, one.runs['ours again']!, one.runs['theirs again']!);
    return again.high < 0;
  });
  const isDecisive = ({ verdict }: { readonly verdict: string }) => verdict === 'needed' || verdict === 'harmful';
  return {
    group,
    margin: mean(verdicts.map(({ margin }) => margin)),
    decisive: share(verdicts.filter(isDecisive), experiments),
    narrow: share(experiments.map((one) => verdictOf(one, NARROW)).filter(isDecisive), experiments),
    confirmed: share(confirmed, experiments),
  };
}

function coverage({ arm, ...row }: Pick<Coverage, 'group' | 'effect' | 'seeds'> & { readonly arm: string }, experiments: readonly Experiment[], truthFor: (one: Experiment) => number): Coverage {
  const judged = experiments.map((one) => ({ ...judge(one.drawn, first(one, 'ours', row.seeds), first(one, arm, row.seeds)), truth: truthFor(one), own: ownTruths(one, arm) }));
  const owns = judged.flatMap(({ own }) => own ?? []);
  return {
    ...row,
    truth: mean(judged.map(({ truth }) => truth)),
    truthsDiffer: owns.length === 0 ? null : spreadOfTruths(judged.map(({ own }) => own!)),
    held: share(judged.filter(({ low, high, truth }) => low <= truth && truth <= high), experiments),
    heldOwn: owns.length === 0 ? null : share(judged.filter(({ low, high, own }) => low <= mean(own!) && mean(own!) <= high), experiments),
    beyondChance: share(judged.filter(({ low }) => low > 0), experiments),
    needed: share(judged.filter(({ verdict }) => verdict === 'needed'), experiments),
  };
}

function seedsIn(experiments: readonly Experiment[]): number {
  return Math.min(...experiments.map(({ runs }) => runs.ours!.length));
}

/** Difference, in points, on images that an experiment has nothing to do with, for each seed. */
function ownTruths({ elsewhere }: Experiment, arm: string): readonly number[] | null {
  return elsewhere ? elsewhere.ours!.map((right, seed) => 100 * (right - elsewhere[arm]![seed]!)) : null;
}

/** Standard deviation between training sets: of their means over seeds, less what seeds leave to chance. */
function spreadOfTruths(truths: readonly (readonly number[])[]): number {
  const chance = mean(truths.map((seeds) => sampleVariance(seeds) / seeds.length));
  return Math.sqrt(Math.max(0, sampleVariance(truths.map(mean)) - chance));
}

/** Mean over all pairs of runs that were judged on many images; with a fixed validation set, by training set. */
function truthsOf(experiments: readonly Experiment[]): Map<string, number> {
  const differences = new Map<string, number[]>();
  for (const one of experiments.filter(({ study }) => study.endsWith('truth'))) {
    const { ours, ...others } = one.runs;
    for (const [arm, runs] of Object.entries(others)) {
      const key = truthOf(one, arm);
      differences.set(key, [...(differences.get(key) ?? []), meanDifference(ours!, runs)]);
    }
  }
  return new Map(Array.from(differences, ([key, values]) => [key, mean(values)]));
}

function truthOf({ pool, design, index }: Experiment, arm = 'theirs'): string {
  return [arm, pool, design, design === 'fixed' ? index % TRAINING_SETS : ''].join('/');
}

function power(group: string, experiments: readonly Experiment[]): Tables['power'] {
  const followed = experiments.filter(({ index }) => index < MANY_SEEDS_EXPERIMENTS);
  return LOOKS.map((seeds) => {
    const needed = EFFECTS.map((points) => {
      const found = followed.filter((one) => {
        const worse = harmed(one.runs.theirs!, points, randomOf(one.index, `harm/${one.pool}/${one.design}/${points}`));
        return judge(one.drawn, first(one, 'ours', seeds), worse.slice(0, seeds)).verdict === 'needed';
      });
      return { points, share: share(found, followed) };
    });
    return { group, seeds, needed };
  });
}

/** One arm worse by a fifth of the margin. */
function equivalence(group: string, experiments: readonly Experiment[], isReach: boolean): Tables['equivalence'][number] {
  const verdicts = experiments.map((one) => {
    const margin = isReach ? equivalenceReach(one.drawn.validation(SEEDS), SEEDS) : verdictOf(one).margin;
    const worse = harmed(first(one, 'theirs', SEEDS), margin / 5, randomOf(one.index, `harm/${one.pool}/${one.design}`));
    return judge(one.drawn, first(one, 'ours', SEEDS), worse, margin);
  });
  return { group, isReach, margin: mean(verdicts.map(({ margin }) => margin)), notNeeded: share(verdicts.filter(({ verdict }) => verdict === 'not-needed'), experiments) };
}

function verdictOf(one: Experiment, margin?: number) {
  return judge(one.drawn, first(one, 'ours', SEEDS), first(one, 'theirs', SEEDS), margin);
}

function first({ runs }: Experiment, arm: string, seeds: number): readonly Run[] {
  return runs[arm]!.slice(0, seeds);
}

function share({ length: count }: readonly unknown[], { length: total }: readonly unknown[]): Share {
  return [count, total];
}
