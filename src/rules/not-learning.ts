import { trivialAnswer } from '../evidence/trivial-answer.ts';
import type { Run } from '../evidence/types.ts';
import { mean } from '../stats/summary.ts';
import { learned, runsOf } from './learning.ts';
import type { Rule, Severity, Subject, Text, Threshold } from './types.ts';
import { name, percent, plain, significant, text } from './words.ts';

/** The runs do not learn even the images they train on. docs/rules.md#not-learning */
export const notLearning: Rule = {
  name: 'not-learning',
  judge(subject) {
    const { evidence, thresholds } = subject;
    const runs = runsOf(evidence.runs, 'normalized');
    const stuck = runs.filter((run) => !learned(evidence, run));
    const share = stuck.length / runs.length;
    const severity = thresholds.notLearning && severityOf(share, thresholds.notLearning);
    if (!severity) return [];
    const { task } = evidence;
    const reached = mean(stuck.map(({ epochs }) => epochs.at(-1)?.train.metric ?? 0));
    const wereRatesTried = evidence.trials.some(({ rule }) => rule === 'learning-rate');
    const examples = task.kind === 'classification' ? 'that images lie in the folders of their classes' : 'that masks belong to their images';
    const { learningRate } = evidence.plan;
    const [lower, higher] = [learningRate / 10, learningRate * 10].map((rate) => name(`learning-rate: ${plain(rate)}`));
    return [
      {
        rule: 'not-learning',
        severity,
        sites: [],
        cause: null,
        what: text`${stuck.length} of ${runs.length} runs learn nothing: ${percent(reached)} ${task.metric} on the images they train on, where ${trivialAnswer(task)} scores ${percent(task.trivial.metric)}.`,
        why: why(subject, stuck),
        fix: { text: wereRatesTried ? text`Other learning rates were tried and do not help: check ${examples}.` : text`Try ${lower!} or ${higher!} under ${name('training')}, and check ${examples}.`, remedy: null, tried: null },
        numbers: { share, 'train-metric': reached, 'trivial-metric': task.trivial.metric },
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
  return text`At the end ${loss}; knowing the ${evidence.task.kind === 'regression' ? 'mean' : 'class frequencies'} alone gives ${significant(evidence.task.trivial.loss)}.`;
}
