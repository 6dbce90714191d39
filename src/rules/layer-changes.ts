import type { Site } from '../evidence/types.ts';
import type { ChangeEffect, LayerChange, LayerVitals, Subject } from './types.ts';

type Side = Pick<Subject, 'evidence' | 'layers'>;

/** A site with what was seen of it. */
interface Layer {
  readonly site: Site;
  readonly vitals: LayerVitals;
}

/**
 * The layers from the boundary on, each beside the one that it was: a layer is known by its place in the structure, so
 * that another name does not make a new layer of it.
 *
 * @param tolerance share up to which two figures are the same
 */
export function layerChanges(before: Side, after: Side, tolerance: number): Pick<ChangeEffect, 'layers' | 'newLayers' | 'goneLayers'> {
  const [old, now] = [layersOf(before), layersOf(after)];
  const pairs = aligned(old, now);
  const [known, left] = [new Set(pairs.map(([, layer]) => layer)), new Set(pairs.map(([layer]) => layer))];
  return {
    layers: pairs.map(([then, layer]) => layerChange(then, layer, tolerance)),
    newLayers: now.filter((layer) => !known.has(layer)).map(({ site }) => site.id),
    goneLayers: old.filter((layer) => !left.has(layer)).map(({ site }) => site.id),
  };
}

function layersOf({ evidence, layers }: Side): Layer[] {
  const sites = new Map(evidence.sites.map((site) => [site.id, site]));
  return layers.filter(({ part, boundary }) => part !== 'trunk' || boundary).flatMap((vitals) => {
    const site = sites.get(vitals.site);
    return site ? [{ site, vitals }] : [];
  });
}

function layerChange({ site: { id }, vitals: then }: Layer, { vitals: now }: Layer, tolerance: number): LayerChange {
  const moved = (before: number | null, after: number | null) => ({ before, after: before !== null && after !== null && isSame(before, after, tolerance) ? before : after });
  return {
    site: now.site,
    was: id,
    judged: now.judged && then.judged,
    // What arrives at the end says nothing: small logits are healthy.
    shrinkage: now.part === 'output' ? { before: null, after: null } : moved(then.shrinkage, now.shrinkage),
    relativeGain: moved(then.relativeGain, now.relativeGain),
    signal: moved(then.signal, now.signal),
    gradient: moved(then.gradient, now.gradient),
  };
}

function isSame(before: number, after: number, tolerance: number): boolean {
  return Math.abs(after - before) <= tolerance * Math.max(Math.abs(before), Math.abs(after));
}

/**
 * The pairs of the two sequences, in order, that are most alike in all: the alignment of Needleman and Wunsch (1970)
 * without a penalty for gaps.
 */
function aligned(before: readonly Layer[], after: readonly Layer[]): (readonly [before: Layer, after: Layer])[] {
  const width = after.length + 1;
  const best = new Float64Array((before.length + 1) * width);
  const at = (i: number, j: number) => best[i * width + j]!;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      best[i * width + j] = Math.max(at(i + 1, j), at(i, j + 1), at(i + 1, j + 1) + likeness(before[i]!.site, after[j]!.site));
    }
  }
  const pairs: (readonly [Layer, Layer])[] = [];
  for (let i = 0, j = 0; i < before.length && j < after.length; ) {
    const alike = likeness(before[i]!.site, after[j]!.site);
    if (alike > 0 && at(i, j) === at(i + 1, j + 1) + alike) pairs.push([before[i++]!, after[j++]!]);
    else if (at(i, j) === at(i + 1, j)) i++;
    else j++;
  }
  return pairs;
}

/** 0 for what cannot be the same layer. A name says more than a size, but a layer may change either. */
function likeness(before: Site, after: Site): number {
  if (before.className !== after.className || before.part !== after.part || before.boundary !== after.boundary) return 0;
  return 1 + (before.id === after.id ? 2 : 0) + (String(before.shape) === String(after.shape) ? 1 : 0) + (before.activation === after.activation ? 0.5 : 0);
}
