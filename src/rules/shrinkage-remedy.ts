import type { Evidence, ReferenceGain, Run, Site } from '../evidence/types.ts';
import { mean } from '../stats/summary.ts';
import { pairedBenefit } from './comparisons.ts';
import { type FollowedLayer, vitalsOf, worstLayer } from './layers.ts';
import { finalAccuracy, runsOf } from './learning.ts';
import { causeOf, type Culprit, isData } from './shrinkage-cause.ts';
import type { Fix, FixEffect, Remedy, Text } from './types.ts';
import { name, names, plain, text } from './words.ts';

/** A change to the config, and the layers that it is for. */
interface Change {
  readonly change: string;
  readonly layers: readonly string[];
  /** In the words of TensorFlow.js; null where the change cannot be tried by itself. */
  readonly kernelInitializer: string | null;
}

/** Layers whose weights `kernel-initializer` draws, scaled by the inputs of a unit. */
const KERNEL_INITIALIZED: ReadonlySet<string> = new Set(['Dense', 'Conv1D', 'Conv2D', 'Conv3D', 'Conv2DTranspose', 'Conv3DTranspose']);

/** Target gains above need a variance of about 2 / fan-in, those below one of 1 / fan-in: halfway, as factors. */
const BETWEEN_LECUN_AND_HE = 2 ** 0.25;

/** A signal that a change makes no more than twice as large was not helped. */
const HELPFUL_GROWTH = 2;

const NORMALIZATION = name('{ layer: batch-normalization }');

/** Initial weights that reach the target gain of each culprit; none where the cause lies in the data. */
export function changesFor({ sites }: Evidence, culprits: readonly [Culprit, ...Culprit[]], reference: ReferenceGain | null): readonly Change[] {
  const cause = causeOf(culprits[0], reference);
  if (cause && isData(cause)) return [];
  const changes = new Map<string, Change>();
  for (const { site } of culprits) {
    const initializer = initializerFor(site);
    if (!initializer) continue;
    const layers = new Set([...(changes.get(initializer.change)?.layers ?? []), layerOf(site, sites)]);
    changes.set(initializer.change, { ...initializer, layers: [...layers] });
  }
  return [...changes.values()];
}

function initializerFor({ className, targetGain, fanIn }: Site): Omit<Change, 'layers'> | null {
  if (targetGain === null || fanIn === null) return null;
  if (KERNEL_INITIALIZED.has(className)) {
    return targetGain > BETWEEN_LECUN_AND_HE
      ? { change: 'kernel-initializer: he-normal', kernelInitializer: 'heNormal' }
      : { change: 'kernel-initializer: lecun-normal', kernelInitializer: 'leCunNormal' };
  }
  if (className !== 'DepthwiseConv2D') return null;
  // Scaled initializers count all channels as inputs of each, and would draw weights that are far too small.
  const stddev = plain(Number((targetGain / Math.sqrt(fanIn)).toPrecision(2)));
  return { change: `depthwise-initializer: { random-normal: { stddev: ${stddev} } }`, kernelInitializer: null };
}

/** The calls of a shared layer share its weights: `layer#2` is drawn with `layer`. */
function layerOf({ id }: Site, sites: readonly Site[]): string {
  const layer = id.replace(/#\d+$/, '');
  return sites.some((site) => site.id === layer) ? layer : id;
}

/** The change that can be tried by itself. */
export function remedyOf(changes: readonly Change[]): Remedy | null {
  const triable = changes.flatMap(({ change, layers, kernelInitializer }) => (kernelInitializer === null ? [] : [{ change, sites: layers, kernelInitializer }]))[0];
  return triable ? { rule: 'std-shrinkage', ...triable } : null;
}

/** What the remedy did where it was tried; null where it was not. */
export function effectOf(evidence: Evidence, worst: FollowedLayer, remedy: Remedy | null): FixEffect | null {
  const trial = evidence.trials.find(({ rule, change }) => rule === 'std-shrinkage' && change === remedy?.change);
  if (!trial) return null;
  const before = runsOf(evidence.runs, 'normalized');
  const accuracy = (runs: readonly Run[]) => mean(runs.map(finalAccuracy));
  const after = worstLayer(vitalsOf(evidence, trial.runs));
  return {
    seeds: trial.runs.length,
    accuracy: { before: accuracy(before), after: accuracy(trial.runs) },
    shrinkage: after && { before: worst.shrinkage, after: after.shrinkage },
    gain: pairedBenefit(evidence, trial.runs, before).benefit,
  };
}

export function fixFor(changes: readonly Change[], effect: FixEffect | null, limit: number): Fix {
  return { text: advice(changes, effect, limit), remedy: remedyOf(changes), tried: effect };
}

function advice(changes: readonly Change[], effect: FixEffect | null, limit: number): Text {
  const [first, ...others] = changes;
  if (!first) return text`Other initial weights do not mend this. Put ${NORMALIZATION} behind the layer.`;
  const list = changes.flatMap(({ change, layers }, index) => text`${index === 0 ? '' : '; '}${name(change)} on ${names(layers)}`);
  if (!effect) return text`${list}.`;
  if (others.length > 0) return text`${list}. Only ${name(remedyOf(changes)!.change)} was tried.`;
  if (effect.gain.high < 0) return text`No fix found: ${list} was tried and costs accuracy. Put ${NORMALIZATION} behind ${them(first)}.`;
  const after = effect.shrinkage?.after ?? 0;
  if (after <= HELPFUL_GROWTH * (effect.shrinkage?.before ?? 0)) return text`No fix found: ${list} was tried and changes little. Put ${NORMALIZATION} behind ${them(first)}.`;
  return after < limit ? text`${list}. That alone is not enough: put ${NORMALIZATION} behind ${them(first)} as well.` : text`${list}.`;
}

function them({ layers }: Change): string {
  return layers.length === 1 ? 'it' : 'each of them';
}
