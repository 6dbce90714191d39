import type { Evidence, Site } from '../evidence/types.ts';
import { symptomRule } from './diagnosis.ts';
import { gradientShares } from './gradients.ts';
import { redrawing } from './initial-faults.ts';
import { otherActivation } from './remedies.ts';
import { limitPercent, name, names, percent, text } from './words.ts';

/** Their slope is below 1/4 at most, or falls to nothing away from 0. */
const SQUASHING: ReadonlySet<string> = new Set(['sigmoid', 'hard-sigmoid', 'tanh', 'softsign', 'softmax']);

/** The gradient does not reach the first new layers. docs/rules.md#vanishing-gradient */
export const vanishingGradient = symptomRule({
  name: 'vanishing-gradient',
  limits: ({ vanishingGradient: limits }) => limits,
  fires: 'below',
  suspicious: 10,
  examine(subject, limit) {
    const { evidence } = subject;
    const shares = gradientShares(evidence, (seen) => Math.max(...seen));
    const anew = redrawing(subject, shares.map(({ site }) => site));
    const vanished = shares.filter(({ share }) => share < limit);
    const least = vanished.toSorted((a, b) => a.share - b.share)[0];
    if (!least) return [];
    const squashing = shares.filter(({ site }) => SQUASHING.has(site.activation ?? '')).map(({ site }) => site.id);
    const bySlope = squashing.length > 0;
    return [
      {
        sites: vanished.map(({ site }) => site.id),
        cause: bySlope ? 'activation' : 'initialization',
        what: text`${name(least.site.id)} gets ${percent(least.share)} of the gradient that the last layer gets (limit ${limitPercent(limit)}).`,
        why: bySlope
          ? text`Activation. On the way lie ${names(squashing)} with ${name(activationOf(evidence, squashing[0]!))}, whose slope is far below 1.`
          : text`Initialization. On the way back, each layer multiplies the gradient by its weights, and they are too small.`,
        figure: least.share,
        isHealed: vanished.every(({ shareAtEnd }) => shareAtEnd !== null && shareAtEnd >= limit),
        remedies: bySlope ? [...otherActivation(squashing, 'relu'), ...anew] : anew,
        advice: text`Put ${name('{ layer: batch-normalization }')} between the layers, or use fewer of them.`,
      },
    ];
  },
});

function activationOf({ sites }: Evidence, id: string): string {
  return sites.find((site: Site) => site.id === id)?.activation ?? 'linear';
}
