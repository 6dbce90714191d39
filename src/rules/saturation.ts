import type { Evidence, Site } from '../evidence/types.ts';
import { median } from '../stats/summary.ts';
import { type Symptom, symptomRule } from './diagnosis.ts';
import { mostLearn, runsOf } from './learning.ts';
import { redrawing } from './initial-faults.ts';
import { otherRate } from './remedies.ts';
import type { Subject } from './types.ts';
import { medianOrNull, seenAt } from './weights.ts';
import { limitPercent, name, percent, significant, text } from './words.ts';

/** Both ends of these are flat; of ReLU6 the upper one, since zeros below are what a rectifier is for. */
const BOTH_ENDS: ReadonlySet<string> = new Set(['tanh', 'sigmoid', 'hard-sigmoid']);
/** A softmax that has learned nothing and is this certain is certain by its scale alone, */
const CERTAIN = 0.999;
/** and wrong: so many times the loss of somebody who knows the class frequencies. */
const WRONG = 5;
/** In training mode, too, logits are that far apart: a BatchNorm that has seen nothing makes them so in inference alone. */
const FAR_APART = 10;

/** Units are stuck at the ends of their activation, where no gradient flows. docs/rules.md#saturation */
export const saturation = symptomRule({
  name: 'saturation',
  limits: ({ saturation: limits }) => limits,
  fires: 'at-or-above',
  suspicious: 2,
  examine(subject, limit) {
    const { evidence } = subject;
    const learns = mostLearn(evidence, runsOf(evidence.runs, 'normalized'));
    const shares = evidence.sites.filter(({ part, activation }) => part === 'head' && activation !== null).map((site) => ({ site, atStart: shareAt(evidence, site, 'start') ?? 0, atEnd: shareAt(evidence, site, 'end') ?? 0 }));
    // What a network that learns drives to its limits, it may have reasons for.
    const stuck = shares.filter(({ atStart, atEnd }) => atStart >= limit || (!learns && atEnd >= limit));
    const [first] = stuck;
    if (!first) return certainSoftmax(subject);
    const sites = stuck.map(({ site }) => site);
    const isStart = first.atStart >= limit;
    return [
      {
        sites: sites.map(({ id }) => id),
        cause: isStart ? 'initialization' : 'rate',
        what: text`${percent(isStart ? first.atStart : first.atEnd)} of what ${name(first.site.id)} gives lies at the limits of ${name(first.site.activation!)} (limit ${limitPercent(limit)})${isStart ? '' : ' at the end of training'}.`,
        why: isStart
          ? text`Initialization, or the input. Before training, ${name(first.site.id)} makes numbers too large for ${name(first.site.activation!)}, whose slope there is next to nothing.`
          : text`The learning rate. Before training ${percent(first.atStart)} are; updates drive the units there.`,
        figure: Math.max(...stuck.map(({ atStart, atEnd }) => Math.max(atStart, learns ? 0 : atEnd))),
        isHealed: stuck.every(({ atEnd }) => atEnd < limit),
        remedies: isStart ? redrawing(subject, sites, sites.filter(({ kind }) => kind === 'weighted').map(({ id }) => id)) : [otherRate(evidence, 0.1)],
        advice: text`${name('{ layer: batch-normalization }')} before the activation, or a smaller input.`,
      },
    ];
  },
});

function shareAt(evidence: Evidence, site: Site, when: 'start' | 'end'): number | null {
  const ends = BOTH_ENDS.has(site.activation!);
  if (!ends && site.activation !== 'relu6') return null;
  return seenAt(evidence, site, when, ({ y }) => (ends ? y.rails[0] + y.rails[1] : y.rails[1]));
}

function certainSoftmax(subject: Subject): readonly Symptom[] {
  const { evidence } = subject;
  const output = evidence.sites.findLast(({ part, kind }) => part === 'output' && kind === 'weighted');
  const first = runsOf(evidence.runs, 'normalized').flatMap(({ epochs }) => epochs[0] ?? []);
  const certainty = medianOrNull(first.map((epoch) => epoch.certainty));
  const loss = median(first.map(({ train }) => train.loss));
  const size = (output && seenAt(evidence, output, 'start', ({ y }) => y.std)) ?? 0;
  if (!output || certainty === null || certainty < CERTAIN || size < FAR_APART || !(loss >= WRONG * evidence.task.trivial.loss)) return [];
  return [
    {
      sites: [output.id],
      cause: 'initialization',
      what: text`Before it has learned anything, the softmax is ${percent(certainty)} certain of its answers, with a loss of ${significant(loss)}.`,
      why: text`The logits of ${name(output.id)} have std ${significant(size)}: a softmax of numbers that far apart gives 0 and 1, and hardly any gradient where it happens to be right.`,
      figure: certainty,
      isHealed: runsOf(evidence.runs, 'normalized').every((run) => (run.epochs.at(-1)?.train.loss ?? Infinity) < loss / 2),
      remedies: redrawing(subject, [output]),
      advice: text`${name('{ layer: batch-normalization }')} before ${name(output.id)}, or smaller initial weights.`,
    },
  ];
}
