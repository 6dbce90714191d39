/** The studies: what one experiment of each measures. A result is keyed by study, pool, design and index. */
import { randomOf, shuffled } from '../../src/engine/seeding.ts';
import { type Design, draw, type Draw, harmed, judge, meanDifference, train, type Verdict } from './experiments.ts';
import type { Pool } from './pool.ts';

export interface Study {
  readonly name: 'calibration' | 'power' | 'truth' | 'coverage';
  /** Experiments for each pool and design. */
  readonly experiments: number;
  readonly measure: (pool: Pool, design: Design, index: number) => unknown;
}

export interface Calibration {
  readonly verdict: Verdict;
  /** Whether fresh seeds show a harm again; null where there was none. */
  readonly confirmed: boolean | null;
  /** The verdict where one arm is worse by a fifth of the margin. */
  readonly small: Verdict['verdict'];
}

export type Power = readonly { readonly seeds: number; readonly points: number; readonly verdict: Verdict['verdict'] }[];

const SEEDS = range(0, 6);
const LOOKS = [6, 12, 24];
const EFFECTS = [0, 1, 2, 5, 10];
/** With the user's own validation set, an interval speaks of one training set. */
const TRAINING_SETS = 5;
const TRAINING_IMAGES = 180;
/** Images on which a run is judged for the truth. */
const MANY = 1000;

/** Both arms treated the same, all chance but the split drawn apart: every difference is chance. */
function calibration(pool: Pool, design: Design, index: number): Calibration {
  const drawn = draw(pool, design, 'calibration', index);
  const runs = (seeds: readonly number[], stream: number) => train(pool, drawn, 'normalized', seeds, index, stream);
  const [ours, theirs] = [runs(SEEDS, 0), runs(SEEDS, 1)];
  const verdict = judge(drawn, ours, theirs);
  const fresh = SEEDS.map((seed) => seed + SEEDS.length);
  const again = verdict.verdict === 'harmful' ? judge(drawn, runs(fresh, 0), runs(fresh, 1)) : null;
  const fifth = harmed(theirs, verdict.margin / 5, randomOf(index, `harm/${pool.name}/${design}`));
  return { verdict, confirmed: again && again.high < 0, small: judge(drawn, ours, fifth).verdict };
}

/** Known effects: images of one arm flipped from right to wrong. */
function power(pool: Pool, design: Design, index: number): Power {
  const drawn = draw(pool, design, 'power', index);
  const [ours, theirs] = [0, 1].map((stream) => train(pool, drawn, 'normalized', range(0, Math.max(...LOOKS)), index, stream));
  return EFFECTS.flatMap((points) => {
    const worse = harmed(theirs!, points, randomOf(index, `harm/${pool.name}/${design}/${points}`));
    return LOOKS.map((seeds) => ({ seeds, points, verdict: judge(drawn, ours!.slice(0, seeds), worse.slice(0, seeds)).verdict }));
  });
}

/** One pair of arms on many images: the mean of all is what an interval should hold. In points. */
function truth(pool: Pool, design: Design, index: number): number {
  const training = design === 'fixed' ? trainingSet(pool, index % TRAINING_SETS) : draw(pool, 'folds', 'truth', index).splitOf(0).train;
  const used = new Set(training);
  const others = Array.from(shuffled(pool.labels.length, randomOf(index, 'truth/examples'))).filter((example) => !used.has(example));
  const splitOf: Draw['splitOf'] = () => ({ fold: null, train: training, validation: others.slice(0, MANY) });
  return meanDifference(...paired(pool, { splitOf }, [0], TRUTH + index));
}

function coverage(pool: Pool, design: Design, index: number): Verdict {
  const drawn = draw(pool, design, 'coverage', index, design === 'fixed' ? trainingSet(pool, index % TRAINING_SETS) : null);
  return judge(drawn, ...paired(pool, drawn, SEEDS, index));
}

/** Seeds of the truth are none of the experiments'. */
const TRUTH = 100_000;

function paired(pool: Pool, drawn: Pick<Draw, 'splitOf'>, seeds: readonly number[], index: number) {
  return [train(pool, drawn, 'normalized', seeds, index, 0), train(pool, drawn, 'raw', seeds, index, 0)] as const;
}

function trainingSet(pool: Pool, which: number): number[] {
  return Array.from(shuffled(pool.labels.length, randomOf(which, `training-set/${pool.name}`))).slice(0, TRAINING_IMAGES);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

export const STUDIES: readonly Study[] = [
  { name: 'calibration', experiments: 500, measure: calibration },
  { name: 'truth', experiments: 500, measure: truth },
  { name: 'coverage', experiments: 500, measure: coverage },
  { name: 'power', experiments: 100, measure: power },
];
