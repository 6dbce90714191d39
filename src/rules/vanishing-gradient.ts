import type { Evidence, Site } from '../evidence/types.ts';
import { symptomRule } from './diagnosis.ts';
import { type GradientShare, gradientShares } from './gradients.ts';
import { drawnAnew, initializersFor, otherActivation } from './remedies.ts';
import { limitPercent, name, names, percent, text } from './words.ts';

/** Their slope is below 1/4 at most, or falls to nothing away from 0. */
const SQUASHING: ReadonlySet<string> = new Set(['sigmoid', 'hard-sigmoid', 'tanh', 'softsign', 'softmax']);

/** The gradient does not reach the first new layers. docs/rules.md#vanishing-gradient */
export const vanishingGradient = symptomRule({
  name: 'vanishing-gradient',
  limits: ({ vanishingGradient: limits }) => limits,
  fires: 'below',
  examine({ evidence }, limit) {
    const shares = gradientShares(evidence, (seen) => Math.max(...seen));
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
        remedies: bySlope ? [...otherActivation(squashing, 'relu'), ...anew(evidence, shares)] : anew(evidence, shares),
        advice: text`Put ${name('{ layer: batch-normalization }')} between the layers, or use fewer of them.`,
      },
    ];
  },
});

function anew(evidence: Evidence, shares: readonly GradientShare[]): ReturnType<typeof drawnAnew> {
  return drawnAnew(initializersFor(shares.map(({ site }) => site), evidence));
}

function activationOf({ sites }: Evidence, id: string): string {
  return sites.find((site: Site) => site.id === id)?.activation ?? 'linear';
}
