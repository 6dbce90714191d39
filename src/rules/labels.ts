import { heldOutTrivial, trivialAnswer } from '../evidence/trivial-answer.ts';
import type { Evidence } from '../evidence/types.ts';
import { mean } from '../stats/summary.ts';
import { symptomRule } from './diagnosis.ts';
import { finalMetric, runsOf } from './learning.ts';
import { percent, text } from './words.ts';

/** Normal quantile of a one-sided test at 5 %. */
const ONE_SIDED = 1.6449;

/** Training images are learned, and nothing of it holds for others: the labels may be random. docs/rules.md#labels */
export const labels = symptomRule({
  name: 'labels',
  limits: ({ labels: limits }) => limits,
  fires: 'at-or-above',
  examine({ evidence, trivialMetric }, limit) {
    const { task } = evidence;
    const runs = runsOf(evidence.runs, 'normalized');
    const trained = mean(runs.map(({ epochs }) => epochs.at(-1)?.train.metric ?? Number.NaN));
    const held = mean(runs.map(finalMetric));
    // What is learned beyond guessing, as a share of all there is to learn.
    const figure = (trained - task.trivial.metric) / (1 - task.trivial.metric);
    if (!(figure >= limit) || held > chanceLimit(evidence, runs.length)) return [];
    return [
      {
        sites: [],
        cause: 'data',
        what: text`Something is learned of the training images (${percent(trained)} ${task.metric}), but nothing that holds for others beyond chance: ${percent(held)} on held-out ones, where ${trivialAnswer(task)} scores ${percent(trivialMetric)}.`,
        why: text`The labels, most likely: what is learned holds for no other image. The layers are healthy enough to learn.`,
        figure,
        isHealed: false,
        remedies: [],
        advice: task.kind === 'classification' ? text`Look at a few images of each class, whether they lie in the right folders and are of the same kind in both sets.` : text`Look at a few images, whether each has its own mask and both sets are of the same kind.`,
      },
    ];
  },
});

/**
 * What guessing reaches in one of 20 checks: one-sided normal test of all held-out answers (of accuracy, a binomial one).
 * Who guesses as often as classes are among the training images, p, is right on held-out ones, h, with probability
 * sum of p_k h_k: at most the largest of either.
 */
function chanceLimit({ data, task }: Evidence, runs: number): number {
  const held = heldOutTrivial(task);
  const { metric, std } = task.trivial.metric < held.metric ? task.trivial : held;
  return metric + ONE_SIDED * (std / Math.sqrt(runs * data.validation.validationImages));
}
