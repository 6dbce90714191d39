import type { Evidence } from '../evidence/types.ts';
import { mean } from '../stats/summary.ts';
import { symptomRule } from './diagnosis.ts';
import { finalAccuracy, runsOf } from './learning.ts';
import { percent, text } from './words.ts';

/** Normal quantile of a one-sided test at 5 %. */
const ONE_SIDED = 1.6449;

/** Training images are learned, and nothing of it holds for others: the labels may be random. docs/rules.md#labels */
export const labels = symptomRule({
  name: 'labels',
  limits: ({ labels: limits }) => limits,
  fires: 'at-or-above',
  examine({ evidence, trivialAccuracy }, limit) {
    const runs = runsOf(evidence.runs, 'normalized');
    const trained = mean(runs.map(({ epochs }) => epochs.at(-1)?.train.accuracy ?? Number.NaN));
    const held = mean(runs.map(finalAccuracy));
    // What is learned beyond guessing, as a share of all there is to learn.
    const figure = (trained - trivialAccuracy) / (1 - trivialAccuracy);
    if (!(figure >= limit) || held > chanceLimit(evidence, trivialAccuracy, runs.length)) return [];
    return [
      {
        sites: [],
        cause: 'data',
        what: text`The training images are learned (${percent(trained)} right), but held-out ones are guessed: ${percent(held)}, where always answering the most frequent class scores ${percent(trivialAccuracy)}.`,
        why: text`The labels, most likely: what is learned holds for no other image. The layers are healthy enough to learn.`,
        figure,
        isHealed: false,
        remedies: [],
        advice: text`Look at a few images of each class, whether they lie in the right folders and are of the same kind in both sets.`,
      },
    ];
  },
});

/** What guessing reaches in one of 20 checks: one-sided binomial test of all held-out answers, by its normal approximation. */
function chanceLimit({ data }: Evidence, chance: number, runs: number): number {
  return chance + ONE_SIDED * Math.sqrt((chance * (1 - chance)) / (runs * data.validation.validationImages));
}
