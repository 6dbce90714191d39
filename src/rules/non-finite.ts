import type { Evidence, Run } from '../evidence/types.ts';
import type { Finding, Rule } from './types.ts';
import { count, name, text } from './words.ts';

/** A NaN or an infinity appeared. docs/rules.md#non-finite */
export const nonFinite: Rule = {
  name: 'non-finite',
  judge: ({ evidence }) => evidence.plan.arms.flatMap(({ name: arm }) => inArm(evidence, arm)),
};

/** An error in the arm that is under test; a note in the others, which are there to be compared with. */
function inArm({ runs, plan }: Evidence, arm: string): Finding[] {
  const all = runs.filter((run) => run.arm === arm);
  const broken = all.flatMap((run) => appearance(run) ?? []);
  const first = broken.toSorted((a, b) => a.step - b.step)[0];
  if (!first) return [];
  const tested = arm === plan.arms[0]?.name;
  return [
    {
      rule: 'non-finite',
      severity: tested ? 'error' : 'note',
      sites: first.where === 'loss' ? [] : [first.where],
      what: text`${broken.length} of ${count(all.length, 'run')} with input ${name(arm)} met a NaN or an infinity, first in ${name(first.where)} at step ${first.step}.`,
      why: first.step === 0 ? text`It is there before the first update: the weights or the images hold it.` : text`It appeared while training: the updates were too large for this input.`,
      fix: tested
        ? { text: first.step === 0 ? text`Look for values that are not numbers in the weight file.` : text`Lower training.learning-rate, now ${plan.learningRate}, by a factor of ten.`, remedy: null, tried: null }
        : null,
      numbers: { runs: broken.length, step: first.step },
      explains: [],
    },
  ];
}

function appearance({ nonFinite: stopped, observations }: Run): { step: number; where: string } | null {
  const seen = observations.find(({ y, gradient }) => y.nonFinite > 0 || (gradient?.nonFinite ?? 0) > 0);
  if (!seen) return stopped;
  return stopped && stopped.step < seen.step ? stopped : { step: seen.step, where: seen.site };
}
