import { median } from '../stats/summary.ts';
import { type Symptom, symptomRule } from './diagnosis.ts';
import { redrawing } from './initial-faults.ts';
import { type FollowedLayer, worstLayer } from './layers.ts';
import { causeOf, type Culprit, culprits, isData, whyItShrinks } from './shrinkage-cause.ts';
import type { Subject, Text } from './types.ts';
import { limitPercent, name, names, percent, significant, text } from './words.ts';

const NORMALIZATION = name('{ layer: batch-normalization }');

/** The signal shrinks in the new layers, relative to the last pretrained one. docs/rules.md#std-shrinkage */
export const stdShrinkage = symptomRule({
  name: 'std-shrinkage',
  limits: ({ stdShrinkage: limits }) => limits,
  fires: 'below',
  suspicious: 4,
  examine(subject, limit) {
    const worst = worstLayer(subject.layers);
    return worst && worst.shrinkage < limit ? [symptom(subject, limit, worst)] : [];
  },
});

function symptom(subject: Subject, limit: number, worst: FollowedLayer): Symptom {
  const { evidence, layers } = subject;
  const found = culprits(evidence, layers, worst, limit);
  const [first] = found;
  const reference = evidence.references.find(({ site }) => site === first.site.id) ?? null;
  const cause = causeOf(first, reference);
  const byData = cause !== null && isData(cause);
  const sites = found.map(({ site }) => site);
  const ids = sites.map(({ id }) => id);
  return {
    sites: ids,
    cause: byData ? 'data' : 'initialization',
    what: what(found, worst, limit),
    why: whyItShrinks(first, reference),
    figure: worst.shrinkage,
    isHealed: worst.shrinkageAtEnd !== null && worst.shrinkageAtEnd >= limit,
    remedies: byData ? [] : redrawing(subject, sites),
    advice: text`${byData ? text`Other initial weights do not mend this. ` : ''}Put ${NORMALIZATION} behind ${ids.length === 1 ? names(ids) : text`each of ${names(ids)}`}.`,
    numbers: {
      'first-relative-gain': first.passesOn,
      ...(reference && Number.isFinite(reference.gain + reference.reference) && { gain: reference.gain, 'reference-gain': reference.reference }),
    },
  };
}

function what(found: readonly [Culprit, ...Culprit[]], worst: FollowedLayer, limit: number): Text {
  const [first] = found;
  const left = text`After ${name(worst.site)}, ${percent(worst.shrinkage)} of the signal is left (limit ${limitPercent(limit)}).`;
  if (found.length === 1) return text`${left} ${name(first.site.id)} passes on × ${significant(first.passesOn)}.`;
  const typical = median(found.map(({ passesOn }) => passesOn));
  return text`${left} ${found.length} layers pass on about × ${significant(typical)} each; the first is ${name(first.site.id)} (× ${significant(first.passesOn)}).`;
}
