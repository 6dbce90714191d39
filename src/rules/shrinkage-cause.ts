import type { Evidence, ReferenceGain, Site } from '../evidence/types.ts';
import type { FollowedLayer } from './layers.ts';
import { resets } from './shrinkage.ts';
import type { LayerVitals, Text } from './types.ts';
import { count, name, significant, text } from './words.ts';

/** A layer that is to blame for the loss of signal, and the share that it passes on of what it should. */
export interface Culprit {
  readonly site: Site;
  readonly passesOn: number;
}

/**
 * Below which share a layer counts as a culprit. The first one is for a few weak layers among sound ones; the others are
 * for a loss that many layers share.
 */
const CULPRIT_SHARES = [0.5, 0.9, 1] as const;

/**
 * The layers to blame for what is lost on the way to the worst one, in the order of the way: the weakest, and as many
 * more as it takes for the rest to stay within the limit.
 */
export function culprits(evidence: Evidence, layers: readonly LayerVitals[], worst: FollowedLayer, limit: number): readonly [Culprit, ...Culprit[]] {
  const way = wayTo(worst, evidence, layers);
  for (const share of CULPRIT_SHARES) {
    const [first, ...others] = way.filter(({ passesOn }) => passesOn < share);
    const sound = way.filter(({ passesOn }) => passesOn >= share).reduce((product, { passesOn }) => product * passesOn, 1);
    if (first && sound >= limit) return [first, ...others];
  }
  return [{ site: siteOf(evidence, worst.site), passesOn: worst.relativeGain ?? worst.shrinkage }];
}

/** The weighted layers and normalizations from the boundary, or the last reset, to a layer; through a merge, the strongest branch. */
function wayTo(worst: FollowedLayer, evidence: Evidence, layers: readonly LayerVitals[]): Culprit[] {
  const vitals = new Map(layers.map((layer) => [layer.site, layer]));
  const left = (id: string) => vitals.get(id)?.shrinkage ?? 1;
  const way: Culprit[] = [];
  for (let id: string | undefined = worst.site; id !== undefined; ) {
    const site = siteOf(evidence, id);
    const { shrinkage, relativeGain } = vitals.get(id)!;
    if (site.boundary || shrinkage === null || resets(site, 'training')) break;
    const strongest: string | undefined = site.inputs.toSorted((a, b) => left(b) - left(a))[0];
    const arrived = strongest === undefined ? 1 : left(strongest);
    const ratio = site.kind === 'normalization' && arrived > 0 ? shrinkage / arrived : null;
    const passesOn = site.kind === 'weighted' ? relativeGain : ratio;
    if (passesOn !== null) way.unshift({ site, passesOn });
    id = strongest;
  }
  return way;
}

/** The share that a layer passes on, taken apart: byInitialization * byData. */
interface Cause {
  /** gain / reference: what the same input keeps under redrawn weights. */
  readonly byInitialization: number;
  /** reference / target */
  readonly byData: number;
}

/** Null for a layer that was not redrawn: no cause can be told. */
export function causeOf({ site }: Culprit, reference: ReferenceGain | null): Cause | null {
  if (!reference || site.targetGain === null) return null;
  // An input of zeros has no gain, whatever the weights are.
  if (!Number.isFinite(reference.gain) || !(reference.reference > 0)) return { byInitialization: 1, byData: 0 };
  return { byInitialization: reference.gain / reference.reference, byData: reference.reference / site.targetGain };
}

export function whyItShrinks(culprit: Culprit, reference: ReferenceGain | null): Text {
  const { site, passesOn } = culprit;
  const cause = causeOf(culprit, reference);
  if (!cause || !reference) return text`${name(site.id)} passes on × ${significant(passesOn)} of what it should; what it would do with other weights was not measured.`;
  const before = site.activation === null || site.activation === 'linear' ? [] : text` before ${name(site.activation)}`;
  const weights = text`The weights of ${name(site.id)} have std ${significant(reference.kernelStd)}; with ${count(site.fanIn ?? 0, 'input')}${before} they need ${significant(reference.referenceKernelStd)}.`;
  const redrawn = `Redrawn at that scale, the same layer passes on × ${significant(cause.byData)}`;
  if (isData(cause)) return text`The data. ${weights} ${redrawn}: much of what it reads is zero or padding.`;
  return text`Initialization. ${weights} ${redrawn}${cause.byData > 0.5 ? ', so the data are not the cause' : ', so the data add to it'}.`;
}

/** Whether other initial weights would leave most of the loss. */
export function isData({ byInitialization, byData }: Cause): boolean {
  return byData < byInitialization && byInitialization >= 0.5;
}

function siteOf({ sites }: Evidence, id: string): Site {
  const site = sites.find((candidate) => candidate.id === id);
  if (!site) throw new Error(`Evidence has no site ${id}.`);
  return site;
}
