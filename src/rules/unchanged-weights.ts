import { symptomRule } from './diagnosis.ts';
import { otherRate } from './remedies.ts';
import { name, names, plain, significant, text } from './words.ts';
import { updateOf } from './weights.ts';

/** Weights that are meant to train stay as they are. docs/rules.md#unchanged-weights */
export const unchangedWeights = symptomRule({
  name: 'unchanged-weights',
  limits: ({ unchangedWeights: limits }) => limits,
  fires: 'below',
  examine({ evidence }, limit) {
    const still = evidence.sites.flatMap((site) => {
      const most = updateOf(evidence, site, (ratios) => Math.max(...ratios));
      return most !== null && most < limit ? [{ id: site.id, most }] : [];
    });
    const [first] = still;
    if (!first) return [];
    const sites = still.map(({ id }) => id);
    const isCutOff = still.every(({ most }) => most === 0);
    return [
      {
        sites,
        cause: isCutOff ? 'wiring' : 'rate',
        what: isCutOff ? text`No update changes the weights of ${names(sites)}.` : text`The largest update changes the weights of ${name(first.id)} by ${significant(first.most)} of their size (limit ${plain(limit)}).`,
        why: isCutOff
          ? text`Wiring. They train, but no gradient reaches them: what they make does not count for the loss.`
          : text`The learning rate. At ${plain(evidence.plan.learningRate)} with ${name(evidence.plan.optimizer)}, updates are too small to matter, or to be stored in 32 bits.`,
        figure: Math.max(...still.map(({ most }) => most)),
        isHealed: false,
        remedies: isCutOff ? [] : [10, 100].map((factor) => otherRate(evidence, factor)),
        advice: isCutOff ? text`Look at what lies between ${names(sites)} and the output: zero weights, dead units, an activation at its limit.` : text`Try a larger ${name('learning-rate')}.`,
      },
    ];
  },
});
