import type { Mode, Site } from '../evidence/types.ts';
import { median } from '../stats/summary.ts';
import { symptomRule } from './diagnosis.ts';
import { redrawing } from './initial-faults.ts';
import { runsOf } from './learning.ts';
import { otherActivation } from './remedies.ts';
import { lastStep, lookAt } from './shrinkage.ts';
import type { Subject } from './types.ts';
import { limitPercent, name, names, percent, text } from './words.ts';

/** Their slope is 1/4 at most, and their outputs lie around 1/2. */
const OFF_CENTRE: ReadonlySet<string> = new Set(['sigmoid', 'hard-sigmoid', 'softmax']);

/** The output keeps its size but is the same for all images: nothing is left to tell them apart. docs/rules.md#lost-signal */
export const lostSignal = symptomRule({
  name: 'lost-signal',
  limits: ({ lostSignal: limits }) => limits,
  fires: 'below',
  suspicious: 5,
  examine(subject, limit) {
    const { sites } = subject.evidence;
    const atStart = shares(subject, () => 0);
    const lost = sites.find(({ id, part }) => part !== 'trunk' && (atStart.get(id) ?? Infinity) < limit);
    if (!lost) return [];
    const share = atStart.get(lost.id)!;
    const before = lost.inputs.flatMap((id) => atStart.get(id) ?? []);
    const isData = lost.inputs.length > 0 && before.every((other) => other < limit);
    const atEnd = shares(subject, lastStep).get(lost.id) ?? 0;
    const culprit = weightedBefore(lost, sites);
    const squashing = sites.slice(0, sites.indexOf(lost) + 1).filter(({ part, kind, activation }) => part === 'head' && kind === 'weighted' && OFF_CENTRE.has(activation ?? '')).map(({ id }) => id);
    const activation = sites.find(({ id }) => id === squashing[0])?.activation ?? 'sigmoid';
    const bySlope = !isData && squashing.length > 1;
    return [
      {
        sites: [lost.id],
        cause: isData ? 'data' : bySlope ? 'activation' : 'initialization',
        what: text`After ${name(lost.id)}, ${percent(share)} of the std differs from image to image (limit ${limitPercent(limit)}): all images look nearly the same.`,
        why: isData
          ? text`The data, or the pretrained part: what ${name(lost.id)} reads is already the same for all images.`
          : bySlope
            ? text`Activation. ${names(squashing)} end in ${name(activation)}: each passes on a quarter of the differences at most, and adds a constant.`
            : text`Initialization. What ${name(lost.id)} reads does differ; its weights or biases add a constant that drowns it.`,
        figure: share,
        isHealed: atEnd >= limit,
        remedies: isData || !culprit ? [] : bySlope ? otherActivation(squashing, 'relu') : redrawing(subject, [culprit], [culprit.id]),
        advice: isData ? text`Look at the images, and compare the inputs in the table below.` : text`Initial weights of zero mean and zero biases, or ${name('{ layer: batch-normalization }')} behind it.`,
      },
    ];
  },
});

/** signal / std by site, in the mode where more of it is left: dropout adds to it, and an untrained BatchNorm takes. */
function shares({ evidence }: Subject, stepOf: (run: Subject['evidence']['runs'][number]) => number): ReadonlyMap<string, number> {
  const looks = runsOf(evidence.runs, 'normalized').map((run) => (['training', 'inference'] as readonly Mode[]).map((mode) => lookAt(evidence, run, stepOf(run), mode)));
  return new Map(
    evidence.sites.flatMap(({ id }) => {
      const values = looks.flatMap((modes) => {
        const seen = modes.flatMap((look) => look.get(id)?.y ?? []).filter(({ std }) => std > 0).map(({ signal, std }) => signal / std);
        return seen.length === 0 ? [] : [Math.max(...seen)];
      });
      const share = median(values.filter(Number.isFinite));
      return Number.isNaN(share) ? [] : [[id, share] as const];
    }),
  );
}

/** The layer whose weights make what a site gives; null where a merge or the input lies between. */
function weightedBefore(site: Site, sites: readonly Site[]): Site | null {
  if (site.kind === 'weighted') return site;
  const [only, ...others] = site.inputs;
  const before = others.length === 0 ? sites.find(({ id }) => id === only) : undefined;
  return before && before.part !== 'trunk' ? weightedBefore(before, sites) : null;
}
