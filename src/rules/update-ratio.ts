import { median } from '../stats/summary.ts';
import { symptomRule } from './diagnosis.ts';
import { otherRate } from './remedies.ts';
import { name, plain, significant, text } from './words.ts';
import { updateOf } from './weights.ts';

/** Updates replace weights instead of tuning them. docs/rules.md#update-ratio */
export const updateRatio = symptomRule({
  name: 'update-ratio',
  limits: ({ updateRatio: limits }) => limits,
  fires: 'at-or-above',
  examine({ evidence }, limit) {
    const ratios = evidence.sites.flatMap((site) => {
      const typical = updateOf(evidence, site, median);
      return typical === null ? [] : [{ site, typical, last: updateOf(evidence, site, (seen) => seen.at(-1)!) ?? typical }];
    });
    const large = ratios.filter(({ typical }) => typical >= limit).toSorted((a, b) => b.typical - a.typical);
    const [most] = large;
    if (!most) return [];
    return [
      {
        sites: large.map(({ site }) => site.id),
        cause: 'rate',
        what: text`An update changes the weights of ${name(most.site.id)} by ${significant(most.typical)} times their size (limit ${plain(limit)}).`,
        why: text`The learning rate. About 0.001 is usual; at ${plain(evidence.plan.learningRate)} with ${name(evidence.plan.optimizer)}, a few updates replace what the weights were.`,
        figure: most.typical,
        isHealed: large.every(({ last }) => last < limit),
        remedies: [0.1, 0.01].map((factor) => otherRate(evidence, factor)),
        advice: text`Look for what makes the gradients of this layer large.`,
      },
    ];
  },
});
