import type { Evidence } from '../evidence/types.ts';
import { median } from '../stats/summary.ts';
import { type FollowedLayer, worstLayer } from './layers.ts';
import { mostLearn, runsOf } from './learning.ts';
import { type Culprit, culprits, whyItShrinks } from './shrinkage-cause.ts';
import { changesFor, effectOf, fixFor, remedyOf } from './shrinkage-remedy.ts';
import type { Finding, FixEffect, Rule, Severity, Subject, Text, Threshold } from './types.ts';
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

function finding({ evidence, layers }: Subject, threshold: Threshold, limit: number, worst: FollowedLayer): Finding {
  const found = culprits(evidence, layers, worst, limit);
  const [first] = found;
  const reference = evidence.references.find(({ site }) => site === first.site.id) ?? null;
  const changes = changesFor(evidence, found, reference);
  const effect = effectOf(evidence, worst, remedyOf(changes));
  return {
    rule: 'std-shrinkage',
    severity: severityOf(evidence, threshold, limit, worst, effect),
    sites: found.map(({ site }) => site.id),
    what: what(found, worst, limit),
    why: whyItShrinks(first, reference),
    fix: fixFor(changes, effect, limit),
    numbers: {
      shrinkage: worst.shrinkage,
      limit,
      'first-relative-gain': first.passesOn,
      ...(reference && Number.isFinite(reference.gain + reference.reference) && { gain: reference.gain, 'reference-gain': reference.reference }),
    },
    explains: [],
  };
}

/** A number that the user wrote is a contract; the shipped `on-harm` asks for harm as well. */
function severityOf(evidence: Evidence, { warn, fail }: Threshold, limit: number, worst: FollowedLayer, effect: FixEffect | null): Severity {
  if (typeof fail === 'number' && worst.shrinkage < fail) return 'error';
  const isHarmed = !mostLearn(evidence, runsOf(evidence.runs, 'normalized')) || isWorseThanFixed(evidence, effect);
  if (fail === 'on-harm' && warn !== null && isHarmed) return 'error';
  const isHealed = worst.shrinkageAtEnd !== null && worst.shrinkageAtEnd >= limit;
  return isHealed && !isHarmed ? 'note' : 'warning';
}

/** Clearly, and by what matters to the user. */
function isWorseThanFixed({ plan }: Evidence, effect: FixEffect | null): boolean {
  return effect !== null && effect.gain.low > 0 && effect.gain.estimate >= plan.margin.points;
}

function what(found: readonly [Culprit, ...Culprit[]], worst: FollowedLayer, limit: number): Text {
  const [first] = found;
  const left = text`After ${name(worst.site)}, ${percent(worst.shrinkage)} of the signal is left (limit ${limitPercent(limit)}).`;
  if (found.length === 1) return text`${left} ${name(first.site.id)} passes on × ${significant(first.passesOn)}.`;
  const typical = median(found.map(({ passesOn }) => passesOn));
  return text`${left} ${found.length} layers pass on about × ${significant(typical)} each; the first is ${name(first.site.id)} (× ${significant(first.passesOn)}).`;
}
