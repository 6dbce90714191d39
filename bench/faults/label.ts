/** What a program is worth, on examples and seeds that the detector never sees. */
import { finalMetric } from '../../src/rules/learning.ts';
import { randomOf, shuffled } from '../../src/engine/seeding.ts';
import { UserError } from '../../src/errors.ts';
import { type DataSet, examplesFor } from './data-set.ts';
import type { Program } from './program.ts';
import { noisy, openWorkbench, type Places } from './workbench.ts';

/** Far from those of any check. */
const FIRST_SEED = 1_000_000;
const SEEDS = 4;
const TRAINING = 180;

/** Accuracy on held-out examples with their true labels, seed by seed; null where the product refuses the program. */
export async function behaviour(program: Program, data: DataSet, places: Places): Promise<readonly number[] | null> {
  const examples = examplesFor('labels', data);
  try {
    const bench = await openWorkbench(program, data, examples, places, true);
    const features = bench.features.get('normalized')!;
    const accuracies = Array.from({ length: SEEDS }, (_, index) => {
      const seed = FIRST_SEED + index;
      const order = Array.from(shuffled(examples.length, randomOf(seed, 'faults/labels')), (position) => examples[position]!);
      const [train, validation] = [order.slice(0, TRAINING), order.slice(TRAINING)];
      const wrong = noisy(data.labels, program, data.classes, seed);
      bench.labels.set(data.labels);
      for (const example of train) bench.labels[example] = wrong[example]!;
      return finalMetric(bench.laboratory.run({ arm: 'normalized', seed, fold: null, train, validation, probe: bench.probe, observedSteps: [] }, features));
    });
    bench.close();
    return accuracies;
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
