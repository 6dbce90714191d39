import { type Symptom, symptomRule } from './diagnosis.ts';
import { type InitialFault, initialFaults, redrawing } from './initial-faults.ts';
import type { Subject } from './types.ts';
import { names, text } from './words.ts';

/** New layers start from weights that are all alike, off-centre, or of the wrong size. docs/rules.md#poor-initialization */
export const poorInitialization = symptomRule({
  name: 'poor-initialization',
  limits: ({ poorInitialization: limits }) => limits,
  fires: 'at-or-above',
  suspicious: 5,
  examine(subject, limit) {
    const faults = initialFaults(subject).filter(({ factor }) => factor >= limit);
    const [worst] = faults.toSorted((a, b) => Number(a.isScale) - Number(b.isScale) || b.factor - a.factor);
    return worst ? [symptom(subject, worst, faults.filter(({ isScale, ofBias }) => isScale === worst.isScale && ofBias === worst.ofBias))] : [];
  },
});

function symptom(subject: Subject, worst: InitialFault, alike: readonly InitialFault[]): Symptom {
  const sites = alike.map(({ site }) => site);
  const ids = sites.map(({ id }) => id);
  return {
    sites: ids,
    cause: 'initialization',
    what: alike.length === 1 ? worst.what : text`${worst.what} So it is in ${names(ids)}.`,
    why: worst.why,
    figure: worst.factor,
    isHealed: false,
    remedies: worst.ofBias ? redrawing(subject, [], ids) : redrawing(subject, sites),
    advice: text`Initial weights of zero mean, each unit its own, and zero biases.`,
    isMild: worst.isScale,
  };
}
