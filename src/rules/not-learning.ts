import { mean } from '../stats/summary.ts';
import { learned, runsOf, trivialLoss } from './learning.ts';
import type { Rule, Severity, Threshold } from './types.ts';
import { percent, significant, text } from './words.ts';

/** The runs do not learn even the images they train on. docs/rules.md#not-learning */
export const notLearning: Rule = {
  name: 'not-learning',
  judge({ evidence, thresholds, trivialAccuracy }) {
    const runs = runsOf(evidence.runs, 'normalized');
    const stuck = runs.filter((run) => !learned(evidence, run));
    const share = stuck.length / runs.length;
    const severity = thresholds.notLearning && severityOf(share, thresholds.notLearning);
    if (!severity) return [];
    const finals = stuck.flatMap(({ epochs }) => epochs.at(-1)?.train ?? []);
    const accuracy = mean(finals.map((score) => score.accuracy));
    const loss = mean(finals.map((score) => score.loss));
    return [
      {
        rule: 'not-learning',
        severity,
        sites: [],
        what: text`${stuck.length} of ${runs.length} runs learn nothing: ${percent(accuracy)} right on the images they train on, where always answering the most frequent class scores ${percent(trivialAccuracy)}.`,
        why: text`After ${evidence.plan.epochs} epochs the loss is ${significant(loss)}; knowing the class frequencies alone gives ${significant(trivialLoss(evidence))}.`,
        fix: { text: text`Try training.learning-rate ten times higher or lower than ${evidence.plan.learningRate}, and check that images lie in the folders of their classes.`, remedy: null, tried: null },
        numbers: { share, 'train-accuracy': accuracy, 'trivial-accuracy': trivialAccuracy },
        explains: [],
      },
    ];
  },
};

function severityOf(share: number, { warn, fail }: Threshold): Severity | null {
  if (share === 0) return null;
  // Not learning is the harm that other rules ask for.
  if (fail !== null && share >= (fail === 'on-harm' ? (warn ?? 0) : fail)) return 'error';
  return warn !== null && share >= warn ? 'warning' : null;
}
