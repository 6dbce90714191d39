import { symptomRule } from './diagnosis.ts';
import { gradientShares } from './gradients.ts';
import { redrawing } from './initial-faults.ts';
import { name, plain, significant, text } from './words.ts';

/** Norm that gradients are commonly clipped to (Pascanu et al. 2013, arXiv:1211.5063). */
const CLIP_NORM = 1;

/** The gradient grows on its way back to the first new layers. docs/rules.md#exploding-gradient */
export const explodingGradient = symptomRule({
  name: 'exploding-gradient',
  limits: ({ explodingGradient: limits }) => limits,
  fires: 'at-or-above',
  suspicious: 5,
  examine(subject, limit) {
    const { evidence } = subject;
    const shares = gradientShares(evidence, (seen) => Math.min(...seen));
    const exploding = shares.filter(({ share }) => share >= limit);
    const most = exploding.toSorted((a, b) => b.share - a.share)[0];
    if (!most) return [];
    return [
      {
        sites: exploding.map(({ site }) => site.id),
        cause: 'initialization',
        what: text`${name(most.site.id)} gets ${significant(most.share)} times the gradient that the last layer gets (limit ${plain(limit)}).`,
        why: text`Initialization. On the way back, each layer multiplies the gradient by its weights, and they are too large.`,
        figure: most.share,
        isHealed: exploding.every(({ shareAtEnd }) => shareAtEnd !== null && shareAtEnd < limit),
        remedies: [
          ...redrawing(subject, shares.map(({ site }) => site)),
          { change: `clip-norm: ${CLIP_NORM}`, sites: [], amendment: { kind: 'clip-norm', norm: CLIP_NORM } },
        ],
        advice: text`Smaller initial weights, or ${name('{ layer: batch-normalization }')} between the layers.`,
      },
    ];
  },
});
