import { median } from '../stats/summary.ts';
import { type Symptom, symptomRule } from './diagnosis.ts';
import { redrawing } from './initial-faults.ts';
import type { FollowedLayer } from './layers.ts';
import type { Subject, Text } from './types.ts';
import { count, name, plain, significant, text } from './words.ts';

/** A layer that makes more of its input than this is to blame, where there is one; else all that make it larger. */
const CULPRIT_GAINS = [2, 1.1, 1] as const;

/** The signal grows in the new layers, relative to the last pretrained one. docs/rules.md#std-explosion */
export const stdExplosion = symptomRule({
  name: 'std-explosion',
  limits: ({ stdExplosion: limits }) => limits,
  fires: 'at-or-above',
  suspicious: 5,
  examine(subject, limit) {
    const followed = subject.layers.filter((layer): layer is FollowedLayer => layer.judged && layer.shrinkage !== null && Number.isFinite(layer.shrinkage));
    const largest = followed.toSorted((a, b) => b.shrinkage - a.shrinkage)[0];
    return largest && largest.shrinkage >= limit ? [symptom(subject, limit, largest, followed)] : [];
  },
});

function symptom(subject: Subject, limit: number, largest: FollowedLayer, followed: readonly FollowedLayer[]): Symptom {
  const { evidence, layers } = subject;
  const way = layers.slice(0, layers.findIndex(({ site }) => site === largest.site) + 1).filter(({ judged, relativeGain }) => judged && relativeGain !== null);
  const gainOf = (site: string) => way.find((layer) => layer.site === site)!.relativeGain!;
  const found = CULPRIT_GAINS.map((least) => way.filter(({ relativeGain }) => relativeGain! > least)).find((some) => some.length > 0) ?? [largest];
  const [first] = found;
  const sites = evidence.sites.filter(({ id }) => found.some(({ site }) => site === id));
  const typical = median(found.map(({ site }) => gainOf(site)));
  const end = Math.max(...followed.map(({ shrinkageAtEnd }) => shrinkageAtEnd ?? 0));
  return {
    sites: found.map(({ site }) => site),
    cause: 'initialization',
    what: text`After ${name(largest.site)}, the signal is ${significant(largest.shrinkage)} times as large as it should be (limit ${plain(limit)}). ${found.length === 1 ? text`${name(first!.site)} makes it` : text`${found.length} layers make it about`} × ${significant(typical)}${found.length === 1 ? '' : ' each'}.`,
    why: why(evidence, first!.site),
    figure: largest.shrinkage,
    isHealed: end < limit,
    remedies: redrawing(subject, sites),
    advice: text`Smaller initial weights, or ${name('{ layer: batch-normalization }')} behind each of them.`,
    numbers: { 'first-relative-gain': gainOf(first!.site) },
  };
}

function why({ references, sites }: Subject['evidence'], id: string): Text {
  const reference = references.find(({ site }) => site === id);
  if (!reference) return text`Initialization. The weights of ${name(id)} are too large for what reads them.`;
  const fanIn = sites.find((site) => site.id === id)?.fanIn ?? 0;
  return text`Initialization. The weights of ${name(id)} have std ${significant(reference.kernelStd)}; with ${count(fanIn, 'input')} they need ${significant(reference.referenceKernelStd)}.`;
}
