import type { Evidence, ReferenceGain, Run, Site, Trial } from '../evidence/types.ts';
import { mean, median } from '../stats/summary.ts';
import { pairedBenefit } from './comparisons.ts';
import { vitalsOf } from './layers.ts';
import { finalAccuracy, learned, runsOf } from './learning.ts';
import type { Finding, Fix, FixEffect, LayerVitals, Remedy, Rule, Severity, Subject, Text, Threshold } from './types.ts';
import { count, name, names, percent, significant, text } from './words.ts';

/** A layer that passes on less than this part of what it should is a culprit rather than a victim. */
const CULPRIT_GAIN = 0.5;

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

/** The judged layer that the smallest share of the signal reaches. */
export function worstLayer(layers: readonly LayerVitals[]): (LayerVitals & { shrinkage: number }) | null {
  const judged = layers.filter((layer): layer is LayerVitals & { shrinkage: number } => layer.judged && layer.shrinkage !== null);
  return judged.reduce<(typeof judged)[number] | null>((worst, layer) => (worst && worst.shrinkage <= layer.shrinkage ? worst : layer), null);
}

function finding({ evidence, layers }: Subject, threshold: Threshold, limit: number, worst: LayerVitals & { shrinkage: number }): Finding {
  const culprits = culpritsUpTo(worst, layers);
  const [first] = culprits;
  const remedy = remedyFor(evidence, culprits);
  const effect = effectOf(evidence, worst, remedy);
  const reference = evidence.references.find(({ site }) => site === first!.site);
  return {
    rule: 'std-shrinkage',
    severity: severity(evidence, threshold, limit, worst, effect),
    sites: culprits.map(({ site }) => site),
    what: what(culprits, worst, limit),
    why: why(evidence, first!, reference),
    fix: fix(remedy, effect, reference),
    numbers: {
      shrinkage: worst.shrinkage,
      limit,
      'first-relative-gain': first!.relativeGain ?? 1,
      ...(reference && { gain: reference.gain, 'reference-gain': reference.reference }),
    },
    explains: [],
  };
}

/** The layers on the way to the worst one that pass on too little; where none does, the one that passes on least. */
function culpritsUpTo(worst: LayerVitals, layers: readonly LayerVitals[]): LayerVitals[] {
  const way = layers.slice(0, layers.indexOf(worst) + 1).filter(({ judged, relativeGain }) => judged && relativeGain !== null);
  const weak = way.filter(({ relativeGain }) => relativeGain! < CULPRIT_GAIN);
  if (weak.length > 0) return weak;
  const least = Math.min(...way.map(({ relativeGain }) => relativeGain!));
  const weakest = way.find(({ relativeGain }) => relativeGain === least);
  return [weakest ?? worst];
}

function severity(evidence: Evidence, { warn, fail }: Threshold, limit: number, worst: LayerVitals & { shrinkage: number }, effect: FixEffect | null): Severity {
  if (typeof fail === 'number' && worst.shrinkage < fail) return 'error';
  const runs = runsOf(evidence.runs, 'normalized');
  const learns = runs.filter((run) => learned(evidence, run)).length > runs.length / 2;
  const curable = effect !== null && effect.gain.low > 0;
  const harmed = !learns || curable;
  if (fail === 'on-harm' && warn !== null && worst.shrinkage < warn && harmed) return 'error';
  const healed = worst.shrinkageAtEnd !== null && worst.shrinkageAtEnd >= limit;
  return healed && !harmed ? 'note' : 'warning';
}

function what(culprits: readonly LayerVitals[], worst: LayerVitals & { shrinkage: number }, limit: number): Text {
  const [first] = culprits;
  const arrives = text`${name(worst.site)} passes on ${percent(worst.shrinkage)} of the signal (limit ${percent(limit)}).`;
  if (culprits.length === 1) return text`${arrives} It is lost in ${name(first!.site)} (× ${significant(first!.relativeGain ?? 1)}).`;
  const typical = median(culprits.map(({ relativeGain }) => relativeGain!));
  return text`${arrives} ${culprits.length} new layers pass on about × ${significant(typical)} each; the first is ${name(first!.site)} (× ${significant(first!.relativeGain!)}).`;
}

/** Initialization explains gain / reference, the data explain reference / target (DESIGN: cause). */
function why(evidence: Evidence, culprit: LayerVitals, reference: ReferenceGain | undefined): Text {
  const site = siteOf(evidence, culprit.site);
  if (!reference || site.targetGain === null) return text`The layer passes on less than its activation needs.`;
  const byInitialization = reference.gain / reference.reference;
  const byData = reference.reference / site.targetGain;
  const before = site.activation === null || site.activation === 'linear' ? '' : ` before ${site.activation}`;
  const weights = text`The weights of ${name(site.id)} have std ${significant(reference.kernelStd)}; with ${count(site.fanIn ?? 0, 'input')}${before} they need ${significant(reference.referenceKernelStd)}.`;
  const redrawn = `Redrawn at that scale, the same layer passes on × ${significant(byData)}`;
  if (byInitialization <= byData) return text`Initialization. ${weights} ${redrawn}${byData > CULPRIT_GAIN ? ', so the data are not the cause' : ', so the data add to it'}.`;
  return text`The data. ${redrawn}: its inputs vary together, or most of them are zero, so no initialization passes them on. ${weights}`;
}

/** The initializer that reaches the target gain of the activation that follows. */
function remedyFor(evidence: Evidence, culprits: readonly LayerVitals[]): Remedy | null {
  const sites = culprits.filter(({ relativeGain }) => relativeGain !== null).map(({ site }) => siteOf(evidence, site));
  const [first] = sites;
  if (first?.targetGain == null) return null;
  const scaled = first.targetGain > 1.1;
  const same = sites.filter(({ targetGain }) => targetGain !== null && targetGain > 1.1 === scaled);
  return {
    rule: 'std-shrinkage',
    change: `kernel-initializer: ${scaled ? 'he-normal' : 'lecun-normal'}`,
    sites: same.map(({ id }) => id),
    kernelInitializer: scaled ? 'heNormal' : 'leCunNormal',
  };
}

function fix(remedy: Remedy | null, effect: FixEffect | null, reference: ReferenceGain | undefined): Fix | null {
  if (!remedy) return null;
  const helped = !effect || (effect.shrinkage !== null && effect.shrinkage.after > effect.shrinkage.before * 2);
  if (!helped) {
    return { text: text`No fix found: ${remedy.change} on ${names(remedy.sites)} was tried and changed little. Put a batch-normalization before the layer, or make its input vary more.`, remedy, tried: effect };
  }
  const std = reference ? ` (std ${significant(reference.referenceKernelStd)})` : '';
  return { text: text`${remedy.change}${std} on ${names(remedy.sites)}.`, remedy, tried: effect };
}

function effectOf(evidence: Evidence, worst: LayerVitals & { shrinkage: number }, remedy: Remedy | null): FixEffect | null {
  const trial = evidence.trials.find(({ rule, change }) => rule === 'std-shrinkage' && change === remedy?.change);
  return trial ? measured(evidence, worst, trial) : null;
}

function measured(evidence: Evidence, worst: LayerVitals & { shrinkage: number }, { runs }: Trial): FixEffect {
  const before = runsOf(evidence.runs, 'normalized');
  const accuracy = (some: readonly Run[]) => mean(some.map(finalAccuracy));
  const after = worstLayer(vitalsOf(evidence, runs));
  return {
    seeds: runs.length,
    accuracy: { before: accuracy(before), after: accuracy(runs) },
    shrinkage: after && { before: worst.shrinkage, after: after.shrinkage },
    gain: pairedBenefit(evidence, runs, before).benefit,
  };
}

function siteOf({ sites }: Evidence, id: string): Site {
  const site = sites.find((candidate) => candidate.id === id);
  if (!site) throw new Error(`Evidence has no site ${id}.`);
  return site;
}
