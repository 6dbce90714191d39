import type { Evidence, Moments, Observation, Run, Site } from '../evidence/types.ts';
import { median } from '../stats/summary.ts';
import { runsOf } from './learning.ts';
import { cumulativeShrinkage, lastStep, lookAt, relativeGain, resets } from './shrinkage.ts';
import type { LayerVitals } from './types.ts';

/** A normalization makes std 1. It cannot where the std of its input is lost beside its epsilon, and stays far below. */
const RESTORED_STD = 0.5;

/** A layer that S was computed for. */
export type FollowedLayer = LayerVitals & { readonly shrinkage: number };

/** The vital signs of every site in arm `normalized`: medians over its seeds. */
export function layerVitals(evidence: Evidence): LayerVitals[] {
  return vitalsOf(evidence, runsOf(evidence.runs, 'normalized'));
}

/** The same for other runs of the arm, such as those of a trial. */
export function vitalsOf(evidence: Evidence, runs: readonly Run[]): LayerVitals[] {
  const { sites } = evidence;
  const atStart = runs.map((run) => lookAt(evidence, run, 0, 'training'));
  const atRest = runs.map((run) => lookAt(evidence, run, 0, 'inference'));
  const startS = atStart.map((look) => cumulativeShrinkage(sites, look, 'training'));
  const endS = runs.map((run) => cumulativeShrinkage(sites, lookAt(evidence, run, lastStep(run), 'training'), 'training'));
  const stepLooks = evidence.plan.observedSteps.map((step) => runs.map((run) => lookAt(evidence, run, step, 'inference')));
  const boundary = sites.find((site) => site.boundary);
  const boundaryStd = boundary && medianOf(atRest, (look) => look.get(boundary.id)?.y.std);
  const normalizedStd = (site: Site) => medianOf(atStart, (look) => look.get(site.id)?.y.std);
  const reached = sites.findIndex((site) => site.boundary);
  return sites.map((site, position) => {
    const of = (read: (observation: Observation) => number | null | undefined) => medianOf(atStart, (look) => readFrom(look.get(site.id), read));
    const std = medianOf(atRest, (look) => look.get(site.id)?.y.std) ?? 0;
    return {
      site: site.id,
      part: site.part,
      boundary: site.boundary,
      judged: isJudged(site, sites, normalizedStd),
      std,
      relativeStd: boundaryStd && position >= reached ? std / boundaryStd : null,
      relativeGain: of((observation) => relativeGain(site, observation)),
      shrinkage: medianOf(startS, (values) => values.get(site.id)),
      shrinkageAtEnd: medianOf(endS, (values) => values.get(site.id)),
      signal: medianOf(atRest, (look) => signalShare(look.get(site.id)?.y)) ?? 0,
      gradient: of(({ gradient }) => gradient?.rms),
      stdBySteps: stepLooks.flatMap((looks) => medianOf(looks, (look) => look.get(site.id)?.y.std) ?? []),
    };
  });
}

/** The judged layer with the smallest share of the signal; the first of equals. */
export function worstLayer(layers: readonly LayerVitals[]): FollowedLayer | null {
  const judged = layers.filter((layer): layer is FollowedLayer => layer.judged && layer.shrinkage !== null);
  return judged.reduce<FollowedLayer | null>((worst, layer) => (worst && worst.shrinkage <= layer.shrinkage ? worst : layer), null);
}

/** Small final logits are healthy, so the output is never judged; nor is what came before the boundary. */
function isJudged(site: Site, sites: readonly Site[], std: (site: Site) => number | null): boolean {
  const { part, kind, targetGain } = site;
  return part === 'head' && (kind === 'normalization' || (kind === 'weighted' && targetGain !== null && !isRestored(site, sites, std)));
}

/** Whether all that reads a layer's output brings it back to size: small weights before BatchNorm do no harm. */
function isRestored({ id }: Site, sites: readonly Site[], std: (site: Site) => number | null): boolean {
  const readers = sites.filter(({ inputs }) => inputs.includes(id));
  const restores = (reader: Site) => (reader.kind === 'pass' ? isRestored(reader, sites, std) : resets(reader, 'training') && (std(reader) ?? 0) >= RESTORED_STD);
  return readers.length > 0 && readers.every(restores);
}

/** Share of a tensor's size that tells examples apart. */
function signalShare(y: Moments | undefined): number | undefined {
  return y && (y.std > 0 ? y.signal / y.std : 0);
}

function readFrom(observation: Observation | undefined, read: (observation: Observation) => number | null | undefined): number | null | undefined {
  return observation && read(observation);
}

/** Median of what is known; null where nothing is. */
function medianOf<T>(items: readonly T[], read: (item: T) => number | null | undefined): number | null {
  const values = items.flatMap((item) => read(item) ?? []).filter(Number.isFinite);
  return values.length === 0 ? null : median(values);
}
