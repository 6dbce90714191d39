/** Whole experiments on examples that are drawn from a pool, judged as the product judges them. */
import { fixedSplit, rotatingFolds } from '../../src/experiment/design.ts';
import type { Split } from '../../src/experiment/plan.ts';
import { randomOf, shuffled } from '../../src/engine/seeding.ts';
import type { Evidence, Run, ValidationFacts } from '../../src/evidence/types.ts';
import { pairedBenefit } from '../../src/rules/comparisons.ts';
import { finalMetric } from '../../src/rules/learning.ts';
import { equivalenceVerdict, type EquivalenceVerdict } from '../../src/stats/equivalence.ts';
import { defaultMargin, plannedMargin } from '../../src/stats/precision.ts';
import { validationFacts } from '../../src/experiment/plan.ts';
import type { Pool } from './pool.ts';

export type Design = 'folds' | 'fixed';

/** What each experiment of a design looks at. */
const EXAMPLES = 240;
const FOLDS = 6;
const HELD_OUT = 60;
/** Seeds of the trainings of one experiment; far more than any uses. */
const STRIDE = 1000;

export interface Verdict {
  readonly verdict: EquivalenceVerdict;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly margin: number;
}

/** Examples of one experiment and how its seeds split them. */
export interface Draw {
  readonly examples: readonly number[];
  readonly splitOf: (seed: number) => Split;
  readonly validation: (seeds: number) => ValidationFacts;
}

/** Draws the examples of experiment `index`: all anew, or validation examples alone beside a `training` set. */
export function draw(pool: Pick<Pool, 'name' | 'labels'>, design: Design, role: string, index: number, training: readonly number[] | null = null): Draw {
  const random = randomOf(index, `${role}/${pool.name}/${design}/examples`);
  const taken = new Set(training);
  const others = Array.from(shuffled(pool.labels.length, random)).filter((example) => !taken.has(example));
  const examples = training ? [...training, ...others.slice(0, HELD_OUT)] : others.slice(0, EXAMPLES);
  const labels = Int32Array.from(examples, (example) => pool.labels[example]!);
  const local = design === 'folds' ? rotatingFolds(labels, FOLDS) : fixedSplit(examples.length, HELD_OUT);
  const splitOf = (seed: number): Split => {
    const { fold, train, validation } = local(seed);
    const inPool = (positions: readonly number[]) => positions.map((position) => examples[position]!);
    return { fold, train: inPool(train), validation: inPool(validation) };
  };
  const kind = design === 'folds' ? ({ kind: 'folds', folds: FOLDS } as const) : ({ kind: 'folder', path: { written: 'pool', absolute: 'pool' } } as const);
  return { examples, splitOf, validation: (seeds) => validationFacts(kind, Array.from({ length: seeds }, (_, seed) => splitOf(seed))) };
}

/**
 * Runs of one arm over seeds. With `stream` 0 for both arms they are paired as in the product; with different streams
 * they share splits and draw all else independently.
 */
export function train(pool: Pool, { splitOf }: Pick<Draw, 'splitOf'>, arm: string, seeds: readonly number[], index: number, stream: number): Run[] {
  const features = pool.features.get(arm)!;
  return seeds.map((seed) => {
    const lesson = { arm, seed: (index * 2 + stream) * STRIDE + seed, ...splitOf(seed), probe: [], observedSteps: [] };
    return { ...pool.laboratory.run(lesson, features), seed };
  });
}

/** What the product would say of two sets of runs, with its default margin or one of the user's. */
export function judge({ validation }: Pick<Draw, 'validation'>, ours: readonly Run[], theirs: readonly Run[], chosen?: number): Verdict {
  const facts = validation(ours.length);
  const { benefit, equivalence } = pairedBenefit({ data: { validation: facts } as Evidence['data'] }, ours, theirs);
  const margin = chosen ?? defaultMargin(plannedMargin(facts, ours.length));
  return { verdict: equivalenceVerdict({ benefit, equivalence, margin }), ...benefit, margin };
}

/** Mean difference of accuracy, in points, over paired runs. */
export function meanDifference(ours: readonly Run[], theirs: readonly Run[]): number {
  return ours.reduce((sum, run, index) => sum + 100 * (finalMetric(run) - finalMetric(theirs[index]!)), 0) / ours.length;
}

/**
 * The same runs, less accurate by `points` in expectation: images that were right become wrong, the same images under
 * every seed, as a property of images and not of chance.
 */
export function harmed(runs: readonly Run[], points: number, random: () => number): Run[] {
  const accuracy = runs.reduce((sum, run) => sum + finalMetric(run), 0) / runs.length;
  const share = points / 100 / accuracy;
  const chance = new Map<number, number>();
  return runs.map((run) => {
    const { examples, scores } = run.outcomes;
    const flipped = scores.map((score, position) => {
      const example = examples[position]!;
      const drawn = chance.get(example) ?? random();
      chance.set(example, drawn);
      return drawn >= share ? score : 0;
    });
    return { ...run, outcomes: { examples, scores: flipped } };
  });
}
