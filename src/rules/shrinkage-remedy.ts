import type { Initializer, Remedy } from '../evidence/remedy.ts';
import type { Evidence, ReferenceGain, Site } from '../evidence/types.ts';
import { causeOf, type Culprit, isData } from './shrinkage-cause.ts';
import type { Fix, FixEffect, Text } from './types.ts';
import { name, names, plain, text } from './words.ts';

/** A change to the config, and the layers that it is for. */
interface Change {
  readonly change: string;
  readonly layers: readonly string[];
  readonly initializer: Initializer;
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
      ? { change: 'kernel-initializer: he-normal', initializer: 'heNormal' }
      : { change: 'kernel-initializer: lecun-normal', initializer: 'leCunNormal' };
  }
  if (className !== 'DepthwiseConv2D') return null;
  // Scaled initializers count all channels as inputs of each, and would draw weights that are far too small.
  const stddev = Number((targetGain / Math.sqrt(fanIn)).toPrecision(2));
  return { change: `depthwise-initializer: { random-normal: { stddev: ${plain(stddev)} } }`, initializer: { className: 'RandomNormal', config: { stddev } } };
}

/** The calls of a shared layer share its weights: `layer#2` is drawn with `layer`. */
function layerOf({ id }: Site, sites: readonly Site[]): string {
  const layer = id.replace(/#\d+$/, '');
  return sites.some((site) => site.id === layer) ? layer : id;
}

/** All the changes at once, as what is to be tried; null where there is none. */
export function remedyOf(changes: readonly Change[]): Remedy | null {
  if (changes.length === 0) return null;
  const kernels = Object.fromEntries(changes.flatMap(({ layers, initializer }) => layers.map((layer) => [layer, initializer])));
  return {
    rule: 'std-shrinkage',
    change: changes.map(({ change }) => change).join('; '),
    sites: changes.flatMap(({ layers }) => layers),
    amendment: { kind: 'initializers', kernels, biases: {} },
  };
}

export function fixFor(changes: readonly Change[], effect: FixEffect | null, limit: number): Fix {
  return { text: advice(changes, effect, limit), remedy: remedyOf(changes), tried: effect };
}

function advice(changes: readonly Change[], effect: FixEffect | null, limit: number): Text {
  const [first] = changes;
  if (!first) return text`Other initial weights do not mend this. Put ${NORMALIZATION} behind the layer.`;
  const list = changes.flatMap(({ change, layers }, index) => text`${index === 0 ? '' : '; '}${name(change)} on ${names(layers)}`);
  if (!effect) return text`${list}.`;
  if (effect.gain.high < 0) return text`No fix found: ${list} was tried and costs accuracy. Put ${NORMALIZATION} behind ${them(changes)}.`;
  const after = effect.shrinkage?.after ?? 0;
  if (after <= HELPFUL_GROWTH * (effect.shrinkage?.before ?? 0)) return text`No fix found: ${list} was tried and changes little. Put ${NORMALIZATION} behind ${them(changes)}.`;
  return after < limit ? text`${list}. That alone is not enough: put ${NORMALIZATION} behind ${them(changes)} as well.` : text`${list}.`;
}

function them(changes: readonly Change[]): string {
  return changes.flatMap(({ layers }) => layers).length === 1 ? 'it' : 'each of them';
}
