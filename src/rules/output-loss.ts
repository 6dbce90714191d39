import { symptomRule } from './diagnosis.ts';
import { otherActivation } from './remedies.ts';
import { name, names, text } from './words.ts';

/** Something stands between the logits and the loss, which has a softmax of its own. docs/rules.md#output-loss */
export const outputLoss = symptomRule({
  name: 'output-loss',
  limits: ({ outputLoss: limits }) => limits,
  fires: 'at-or-above',
  examine({ evidence }, limit) {
    const bent = evidence.sites.filter(({ part, activation }) => part === 'output' && activation !== null && activation !== 'linear');
    const [first] = bent;
    if (!first || bent.length < limit) return [];
    const isSoftmax = first.activation === 'softmax';
    const sites = bent.map(({ id }) => id);
    return [
      {
        sites,
        cause: 'wiring',
        what: isSoftmax ? text`The output goes through softmax twice: in ${names(sites)}, and again in the loss.` : text`The logits go through ${name(first.activation!)} in ${names(sites)} before the loss.`,
        why: isSoftmax
          ? text`Wiring. The loss is softmax and cross-entropy. Probabilities in place of logits differ by at most 1, so no answer can be certain, and the gradient stays small.`
          : text`Wiring. The loss is softmax and cross-entropy, which takes any number for a logit; ${name(first.activation!)} leaves only some.`,
        figure: bent.length,
        isHealed: false,
        remedies: otherActivation(sites, 'linear'),
        advice: text`End the network in one dense layer with ${name('activation: softmax')}.`,
      },
    ];
  },
});
