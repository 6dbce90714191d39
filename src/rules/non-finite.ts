import type { Evidence, Observation, Run } from '../evidence/types.ts';
import { runsOf } from './learning.ts';
import type { Finding, Fix, Rule } from './types.ts';
import { count, name, plain, text } from './words.ts';

/** Where a NaN or an infinity was first seen, and after how many updates. */
interface Appearance {
  readonly step: number;
  readonly where: string;
}

/** A NaN or an infinity appeared. docs/rules.md#non-finite */
export const nonFinite: Rule = {
  name: 'non-finite',
  judge: ({ evidence }) => evidence.plan.arms.flatMap(({ name: arm }) => inArm(evidence, arm)),
};

/** An error in the arm that is under test; a note in the others, which are there to be compared with. */
function inArm(evidence: Evidence, arm: string): Finding[] {
  const { plan, sites } = evidence;
  const all = runsOf(evidence.runs, arm);
  const trunk = inObservations(evidence.trunk[arm] ?? []);
  const broken = all.flatMap((run) => trunk ?? appearance(run) ?? []);
  const first = broken.toSorted((a, b) => a.step - b.step)[0];
  if (!first) return [];
  const isTested = arm === plan.arms[0]?.name;
  const isAtStart = first.step === 0;
  return [
    {
      rule: 'non-finite',
      severity: isTested ? 'error' : 'note',
      sites: sites.some(({ id }) => id === first.where) ? [first.where] : [],
      arm,
      cause: isAtStart ? 'initialization' : 'rate',
      what: text`${broken.length} of ${count(all.length, 'run')} with input ${name(arm)} met a NaN or an infinity, first in ${first.where === 'loss' ? 'the loss' : name(first.where)}${isAtStart ? ' before the first update' : ` after ${count(first.step, 'update')}`}.`,
      why: isAtStart ? text`Nothing was trained yet: the weights hold it, or make the numbers too large.` : text`It appeared while training: the updates were too large for this input.`,
      fix: isTested ? fix(isAtStart, plan.learningRate) : null,
      numbers: { runs: broken.length, step: first.step },
      explains: [],
    },
  ];
}

function fix(isAtStart: boolean, learningRate: number): Fix {
  const advice = isAtStart
    ? text`Look for values that are not numbers in the weight file, and for very large initial weights.`
    : text`${name(`learning-rate: ${plain(learningRate / 10)}`)} under ${name('training')}, a tenth of what it is.`;
  return { text: advice, remedy: null, tried: null };
}

function appearance({ nonFinite: stopped, observations, epochs }: Run): Appearance | null {
  const unscored = epochs.find(({ train, validation }) => !Number.isFinite(train.loss) || !Number.isFinite(validation.loss));
  // A layer says more than the loss does, so at the same step it comes first.
  const seen = [inObservations(observations), stopped, unscored ? { step: unscored.step, where: 'loss' } : null];
  return seen.flatMap((one) => one ?? []).toSorted((a, b) => a.step - b.step)[0] ?? null;
}

/** Values go wrong on the way forward, where the first layer is the origin, or on the way back, where the last one is. */
function inObservations(observations: readonly Observation[]): Appearance | null {
  const first = observations.find((observation) => isBroken(observation));
  if (!first) return null;
  const look = observations.filter(({ step, mode }) => step === first.step && mode === first.mode);
  const origin = look.find(({ y }) => y.nonFinite > 0) ?? look.findLast((observation) => isBroken(observation));
  return { step: first.step, where: origin!.site };
}

function isBroken({ y, gradient }: Observation): boolean {
  return y.nonFinite > 0 || (gradient !== null && gradient.nonFinite > 0);
}
