import type { Evidence, Site } from '../evidence/types.ts';
import { symptomRule } from './diagnosis.ts';
import { redrawing } from './initial-faults.ts';
import { otherActivation, otherRate } from './remedies.ts';
import type { Cause, Text } from './types.ts';
import { initialOf, medianOrNull, seenAt } from './weights.ts';
import { limitPercent, name, percent, significant, text } from './words.ts';

/** Most units of a rectified layer are zero for every image: they give nothing and learn nothing. docs/rules.md#dead-units */
export const deadUnits = symptomRule({
  name: 'dead-units',
  limits: ({ deadUnits: limits }) => limits,
  fires: 'at-or-above',
  suspicious: 1.4,
  examine(subject, limit) {
    const { evidence } = subject;
    const shares = evidence.sites
      .filter(({ part }) => part === 'head')
      .flatMap((site) => {
        const [atStart, atEnd] = (['start', 'end'] as const).map((when) => seenAt(evidence, site, when, (seen) => seen.deadUnits)) as [number | null, number | null];
        return atStart === null || atEnd === null ? [] : [{ site, atStart, atEnd, most: Math.max(atStart, atEnd) }];
      });
    const dead = shares.filter(({ most }) => most >= limit);
    const [first] = dead;
    if (!first) return [];
    const sites = dead.map(({ site }) => site);
    const weighted = sites.flatMap((site) => madeBy(site, evidence) ?? []);
    const { cause, why } = causeOf(evidence, first, weighted[0] ?? null, limit);
    const elu = otherActivation(sites.map(({ id }) => id), 'elu');
    const anew = redrawing(subject, weighted, weighted.map(({ id }) => id));
    return [
      {
        sites: sites.map(({ id }) => id),
        cause,
        what: text`${percent(first.most)} of the units of ${name(first.site.id)} are zero for every probe image (limit ${limitPercent(limit)})${first.atStart >= limit ? '' : ' at the end of training'}.`,
        why,
        figure: Math.max(...dead.map(({ most }) => most)),
        isHealed: dead.every(({ atEnd }) => atEnd < limit),
        remedies: cause === 'rate' ? [otherRate(evidence, 0.1), ...elu] : [...anew, ...elu],
        advice: text`${name('{ layer: batch-normalization }')} before the rectifier, or an activation with a slope below 0.`,
      },
    ];
  },
});

interface Share {
  readonly site: Site;
  readonly atStart: number;
  readonly atEnd: number;
}

function causeOf(evidence: Evidence, { site, atStart, atEnd }: Share, weighted: Site | null, limit: number): { cause: Cause; why: Text } {
  if (atStart < limit) return { cause: 'rate', why: text`The learning rate. Before training, ${percent(atStart)} are; updates push the units below 0 for good (${percent(atEnd)} at the end).` };
  const bias = weighted && medianOrNull(initialOf(evidence, weighted).map((weights) => weights.bias?.rms));
  if (bias) return { cause: 'initialization', why: text`Initialization. The units of ${name(site.id)} are dead before training; its biases start at about ${significant(bias)} instead of 0.` };
  return { cause: 'initialization', why: text`Initialization. The units of ${name(site.id)} are dead before training: its weights make hardly anything positive of this input.` };
}

/** The layer whose weights a rectifier reads: itself, or the one before it. */
function madeBy(site: Site, evidence: Evidence): Site | null {
  if (site.kind === 'weighted') return site;
  const before = site.inputs.length === 1 ? evidence.sites.find(({ id }) => id === site.inputs[0]) : undefined;
  return before?.part === 'head' ? madeBy(before, evidence) : null;
}
