import { median } from '../stats/summary.ts';
import { trialOf } from './diagnosis.ts';
import { effectOf } from './effects.ts';
import { type FollowedLayer, worstLayer } from './layers.ts';
import { severityOf } from './severity.ts';
import { causeOf, type Culprit, culprits, isData, whyItShrinks } from './shrinkage-cause.ts';
import { changesFor, fixFor, remedyOf } from './shrinkage-remedy.ts';
import type { Finding, Rule, Subject, Text, Threshold } from './types.ts';
import { limitPercent, name, percent, significant, text } from './words.ts';

/** The signal shrinks in the new layers, relative to the last pretrained one. docs/rules.md#std-shrinkage */
export const stdShrinkage: Rule = {
  name: 'std-shrinkage',
  judge(subject) {
    const { stdShrinkage: threshold } = subject.thresholds;
    if (!threshold) return [];
    const limit = Math.max(threshold.warn ?? 0, typeof threshold.fail === 'number' ? threshold.fail : 0);
    const worst = worstLayer(subject.layers);
    return worst && worst.shrinkage < limit ? [finding(subject, threshold, limit, worst)] : [];
  },
};

function finding(subject: Subject, threshold: Threshold, limit: number, worst: FollowedLayer): Finding {
  const { evidence, layers } = subject;
  const found = culprits(evidence, layers, worst, limit);
  const [first] = found;
  const reference = evidence.references.find(({ site }) => site === first.site.id) ?? null;
  const changes = changesFor(evidence, found, reference);
  const remedy = remedyOf(changes);
  const trial = remedy && trialOf(subject, remedy);
  const effect = trial ? effectOf(subject, trial) : null;
  const isHealed = worst.shrinkageAtEnd !== null && worst.shrinkageAtEnd >= limit;
  const cause = causeOf(first, reference);
  return {
    rule: 'std-shrinkage',
    severity: severityOf(subject, { threshold, crosses: (at) => worst.shrinkage < at, isHealed, effects: effect ? [effect] : [] }),
    sites: found.map(({ site }) => site.id),
    cause: cause && isData(cause) ? 'data' : 'initialization',
    what: what(found, worst, limit),
    why: whyItShrinks(first, reference),
    fix: fixFor(evidence, changes, effect, limit),
    numbers: {
      shrinkage: worst.shrinkage,
      limit,
      'first-relative-gain': first.passesOn,
      ...(reference && Number.isFinite(reference.gain + reference.reference) && { gain: reference.gain, 'reference-gain': reference.reference }),
    },
    explains: [],
  };
}

function what(found: readonly [Culprit, ...Culprit[]], worst: FollowedLayer, limit: number): Text {
  const [first] = found;
  const left = text`After ${name(worst.site)}, ${percent(worst.shrinkage)} of the signal is left (limit ${limitPercent(limit)}).`;
  if (found.length === 1) return text`${left} ${name(first.site.id)} passes on × ${significant(first.passesOn)}.`;
  const typical = median(found.map(({ passesOn }) => passesOn));
  return text`${left} ${found.length} layers pass on about × ${significant(typical)} each; the first is ${name(first.site.id)} (× ${significant(first.passesOn)}).`;
}
