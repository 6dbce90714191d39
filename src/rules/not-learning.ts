import type { Run } from '../evidence/types.ts';
import { mean } from '../stats/summary.ts';
import { learned, runsOf, trivialLoss } from './learning.ts';
import type { Rule, Severity, Subject, Text, Threshold } from './types.ts';
import { name, percent, plain, significant, text } from './words.ts';

/** The runs do not learn even the images they train on. docs/rules.md#not-learning */
export const notLearning: Rule = {
  name: 'not-learning',
  judge(subject) {
    const { evidence, thresholds, trivialAccuracy } = subject;
    const runs = runsOf(evidence.runs, 'normalized');
    const stuck = runs.filter((run) => !learned(evidence, run));
    const share = stuck.length / runs.length;
    const severity = thresholds.notLearning && severityOf(share, thresholds.notLearning);
    if (!severity) return [];
    const accuracy = mean(stuck.map(({ epochs }) => epochs.at(-1)?.train.accuracy ?? 0));
    const wereRatesTried = evidence.trials.some(({ rule }) => rule === 'learning-rate');
    const { learningRate } = evidence.plan;
    const [lower, higher] = [learningRate / 10, learningRate * 10].map((rate) => name(`learning-rate: ${plain(rate)}`));
    return [
      {
        rule: 'not-learning',
        severity,
        sites: [],
        cause: null,
        what: text`${stuck.length} of ${runs.length} runs learn nothing: ${percent(accuracy)} right on the images they train on, where always answering the most frequent class scores ${percent(trivialAccuracy)}.`,
        why: why(subject, stuck),
        fix: { text: wereRatesTried ? text`Other learning rates were tried and do not help: check that images lie in the folders of their classes.` : text`Try ${lower!} or ${higher!} under ${name('training')}, and check that images lie in the folders of their classes.`, remedy: null, tried: null },
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

function why({ evidence }: Subject, stuck: readonly Run[]): Text {
  const losses = stuck.flatMap(({ epochs }) => epochs.at(-1)?.train.loss ?? []).filter(Number.isFinite);
  const loss = losses.length === 0 ? 'the loss is not a number any more' : `the loss is ${significant(mean(losses))}`;
  return text`At the end ${loss}; knowing the class frequencies alone gives ${significant(trivialLoss(evidence))}.`;
}
