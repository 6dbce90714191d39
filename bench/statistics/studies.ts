/**
 * What each study trains. Trained outcomes are kept, so that other statistics of them take seconds: `verdicts.ts`. A
 * result is keyed by study, pool, design and index.
 */
import { randomOf, shuffled } from '../../src/engine/seeding.ts';
import type { Run } from '../../src/evidence/types.ts';
import { mean } from '../../src/stats/summary.ts';
import { type Design, draw, type Draw, meanDifference, train } from './experiments.ts';
import { bitsOf, type Kept, type Outcomes } from './outcomes.ts';
import type { Pool } from './pool.ts';

export type StudyName = 'null' | 'truth' | 'coverage' | 'noise' | 'noise-truth';

export interface Study {
  readonly name: StudyName;
  /** Experiments for each pool and design. */
  readonly experiments: number;
  readonly designs: readonly Design[];
  readonly train: (pool: Pool, design: Design, index: number) => Kept;
}

export const SEEDS = 6;
/** The first experiments of the A/A study go on to so many seeds. */
export const MOST_SEEDS = 24;
export const MANY_SEEDS_EXPERIMENTS = 100;
/** Of the studies of real effects over folds, so that tables say what more seeds do. */
const COVERAGE_SEEDS = 24;
/** With the user's own validation set, an interval speaks of one training set. */
export const TRAINING_SETS = 5;
const TRAINING_IMAGES = 180;
/** Images on which a run is judged for the truth, of the pool or of an experiment's own training images. */
const MANY = 1000;
/** Shares of the training images whose label is another one: real effects of which the size is not set by hand. */
export const NOISE = [0.1, 0.3, 0.5];
export const NOISE_SEEDS = 12;
/** No verdict is decisive below the smallest margin, in points: only beyond it are there failures to confirm. */
const SMALLEST_MARGIN = 2;

/** Both arms treated the same, all chance but the split drawn apart: every difference is chance. */
function trainNull(pool: Pool, design: Design, index: number): Kept {
  const drawn = drawOf('null', pool, design, index);
  const runs = (seeds: readonly number[], stream: number) => train(pool, drawn, 'normalized', seeds, index, stream);
  const planned = range(0, index < MANY_SEEDS_EXPERIMENTS ? MOST_SEEDS : SEEDS);
  const [ours, theirs] = [runs(planned, 0), runs(planned, 1)];
  const isFailure = meanDifference(ours.slice(0, SEEDS), theirs.slice(0, SEEDS)) <= -SMALLEST_MARGIN;
  const fresh = isFailure ? range(MOST_SEEDS, MOST_SEEDS + SEEDS) : [];
  return { outcomes: bits({ ours, theirs, 'ours again': runs(fresh, 0), 'theirs again': runs(fresh, 1) }) };
}

/** One pair of arms on many images: the mean of all is what an interval should hold. */
function trainTruth(pool: Pool, design: Design, index: number): Kept {
  return { outcomes: bits(paired(pool, judgedOnMany(pool, design, index), [0], TRUTH + index)) };
}

function trainCoverage(pool: Pool, design: Design, index: number): Kept {
  const drawn = drawOf('coverage', pool, design, index);
  if (design === 'fixed') return { outcomes: bits(paired(pool, drawn, range(0, SEEDS), index)) };
  return apart(drawn, paired(pool, judgedElsewhereToo(pool, drawn, index), range(0, COVERAGE_SEEDS), index));
}

/** Against the same training with wrong labels among those that are learned. */
function trainNoise(pool: Pool, design: Design, index: number): Kept {
  const drawn = drawOf('noise', pool, design, index);
  return apart(drawn, noisy(pool, judgedElsewhereToo(pool, drawn, index), range(0, NOISE_SEEDS), index));
}

function trainNoiseTruth(pool: Pool, design: Design, index: number): Kept {
  return { outcomes: bits(noisy(pool, judgedOnMany(pool, design, index), [0], TRUTH + index)) };
}

/** The examples of an experiment and how its seeds split them. */
export function drawOf(study: StudyName, pool: Pick<Pool, 'name' | 'labels'>, design: Design, index: number): Draw {
  const isOfOneTrainingSet = design === 'fixed' && study !== 'null';
  return draw(pool, design, study, index, isOfOneTrainingSet ? trainingSet(pool, index % TRAINING_SETS) : null);
}

export function judgedOnMany(pool: Pick<Pool, 'name' | 'labels'>, design: Design, index: number): Pick<Draw, 'splitOf'> {
  const training = design === 'fixed' ? trainingSet(pool, index % TRAINING_SETS) : draw(pool, 'folds', 'truth', index).splitOf(0).train;
  const used = new Set(training);
  const others = Array.from(shuffled(pool.labels.length, randomOf(index, 'truth/examples'))).filter((example) => !used.has(example));
  return { splitOf: () => ({ fold: null, train: training, validation: others.slice(0, MANY) }) };
}

/** Behind what an experiment's runs hold out, images of the pool that it has nothing to do with: others under each seed. */
function judgedElsewhereToo(pool: Pick<Pool, 'labels'>, { examples, splitOf }: Draw, index: number): Pick<Draw, 'splitOf'> {
  const own = new Set(examples);
  return {
    splitOf: (seed) => {
      const split = splitOf(seed);
      const others = Array.from(shuffled(pool.labels.length, randomOf(seed, `elsewhere/${index}`))).filter((example) => !own.has(example));
      return { ...split, validation: [...split.validation, ...others.slice(0, MANY)] };
    },
  };
}

function apart({ splitOf }: Draw, arms: Readonly<Record<string, readonly Run[]>>): Kept {
  const held = (seed: number) => splitOf(seed).validation.length;
  const outcomes = Object.entries(bits(arms)).map(([arm, seeds]) => [arm, seeds.map((all, seed) => all.slice(0, held(seed)))] as const);
  const elsewhere = Object.entries(arms).map(([arm, runs]) => [arm, runs.map(({ outcomes: { scores } }, seed) => mean(scores.slice(held(seed))))] as const);
  return { outcomes: Object.fromEntries(outcomes), elsewhere: Object.fromEntries(elsewhere) };
}

/** Seeds of the truth are none of the experiments'. */
const TRUTH = 100_000;

function paired(pool: Pool, drawn: Pick<Draw, 'splitOf'>, seeds: readonly number[], index: number) {
  return { ours: train(pool, drawn, 'normalized', seeds, index, 0), theirs: train(pool, drawn, 'raw', seeds, index, 0) };
}

function noisy(pool: Pool, drawn: Pick<Draw, 'splitOf'>, seeds: readonly number[], index: number) {
  const ours = train(pool, drawn, 'normalized', seeds, index, 0);
  const worse = NOISE.map((noise) => [noisyArm(noise), seeds.flatMap((seed) => withWrongLabels(pool, drawn.splitOf(seed).train, noise, () => train(pool, drawn, 'normalized', [seed], index, 0)))] as const);
  return { ours, ...Object.fromEntries(worse) };
}

/** Name of the arm that learns so many wrong labels. */
export function noisyArm(noise: number): string {
  return `noise ${noise}`;
}

/** The laboratory reads its labels when a run begins. Which labels are wrong is a property of the images. */
function withWrongLabels<Result>({ name, labels }: Pool, training: readonly number[], noise: number, work: () => Result): Result {
  const right = labels.slice();
  const classes = new Set(right).size;
  for (const example of training) {
    const random = randomOf(example, `noise/${name}`);
    if (random() < noise) labels[example] = (right[example]! + 1 + Math.floor(random() * (classes - 1))) % classes;
  }
  try {
    return work();
  } finally {
    labels.set(right);
  }
}

function trainingSet(pool: Pick<Pool, 'name' | 'labels'>, which: number): number[] {
  return Array.from(shuffled(pool.labels.length, randomOf(which, `training-set/${pool.name}`))).slice(0, TRAINING_IMAGES);
}

function bits(arms: Readonly<Record<string, readonly Run[]>>): Outcomes {
  return Object.fromEntries(Object.entries(arms).map(([arm, runs]) => [arm, runs.map(bitsOf)]));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

const BOTH: readonly Design[] = ['folds', 'fixed'];

export const STUDIES: readonly Study[] = [
  { name: 'null', experiments: 500, designs: BOTH, train: trainNull },
  { name: 'truth', experiments: 500, designs: BOTH, train: trainTruth },
  { name: 'coverage', experiments: 500, designs: BOTH, train: trainCoverage },
  { name: 'noise-truth', experiments: 500, designs: ['folds'], train: trainNoiseTruth },
  { name: 'noise', experiments: 500, designs: ['folds'], train: trainNoise },
];
