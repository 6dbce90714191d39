import type { Site, SiteKind } from '../evidence/types.ts';
import * as tf from '../engine/tf.ts';
import type { Network } from '../model/network.ts';
import { targetGain } from '../stats/gain.ts';
import { type Activation, isActivationLayer, ownActivation } from './activation.ts';
import { type Call, watch } from './probes.ts';
import { siteId } from './site-id.ts';

const WEIGHTED: ReadonlySet<string> = new Set(['Dense', 'Conv1D', 'Conv2D', 'Conv3D', 'Conv2DTranspose', 'Conv3DTranspose', 'DepthwiseConv2D', 'SeparableConv2D']);
const NORMALIZATIONS: ReadonlySet<string> = new Set(['BatchNormalization', 'LayerNormalization']);
const MERGES: ReadonlySet<string> = new Set(['Add', 'Concatenate', 'Average', 'Maximum', 'Minimum']);
const PASSES: ReadonlySet<string> = new Set([
  'Activation', 'ReLU', 'LeakyReLU', 'PReLU', 'ELU', 'ThresholdedReLU', 'Softmax',
  'MaxPooling1D', 'MaxPooling2D', 'MaxPooling3D', 'AveragePooling1D', 'AveragePooling2D', 'AveragePooling3D',
  'GlobalAveragePooling1D', 'GlobalAveragePooling2D', 'GlobalMaxPooling1D', 'GlobalMaxPooling2D',
  'Flatten', 'Reshape', 'Permute', 'RepeatVector', 'Dropout', 'SpatialDropout1D', 'GaussianDropout', 'GaussianNoise', 'AlphaDropout',
  'ZeroPadding2D', 'Cropping2D', 'UpSampling2D', 'Rescaling', 'Resizing', 'CenterCrop', 'Masking',
]);

/** Layers that give each value on as it is, or drop it. */
const TRANSPARENT: ReadonlySet<string> = new Set(['Flatten', 'Reshape', 'Permute', 'Dropout', 'SpatialDropout1D', 'GaussianDropout', 'GaussianNoise', 'AlphaDropout', 'ZeroPadding2D']);

const DROPOUTS: ReadonlySet<string> = new Set(['Dropout', 'SpatialDropout1D', 'AlphaDropout']);

/**
 * Finds every site by one pass of a blank image: which layer is called, in which order, and whose output it reads.
 * Nested, shared and multi-input layers need no case of their own, because tensors tell where they come from.
 */
export function traceSites({ model, newLayers, boundary }: Network): Site[] {
  const calls = tracedCalls(model);
  const sites = new Map(calls.map((call) => [call.id, call]));
  const isNew = ({ path }: Traced) => newLayers.some((layer) => isInside(path, layer));
  const last = boundary && calls.findLast(({ path }) => isInside(path, boundary));
  const logits = logitSites(sites, isNew);
  const readers = readersOf(calls);
  return calls.map((call) => {
    const { id, layer, kind, inputs, shape } = call;
    const activation = followingActivation(call, readers);
    return {
      id,
      className: layer.getClassName(),
      part: logits.has(id) ? 'output' : isNew(call) ? 'head' : 'trunk',
      boundary: id === last?.id,
      kind,
      inputs,
      shape,
      activation: activation?.name ?? null,
      targetGain: kind === 'weighted' ? targetGain(activation ?? { name: 'linear' }) : null,
      fanIn: kind === 'weighted' ? fanIn(layer) : null,
      parameters: layer.countParams(),
      trainable: layer.trainableWeights.length > 0,
      ...dropRate(layer),
    };
  });
}

function dropRate(layer: tf.layers.Layer): Pick<Site, 'dropRate'> {
  return DROPOUTS.has(layer.getClassName()) ? { dropRate: Number(layer.getConfig().rate) } : {};
}

interface Traced {
  readonly id: string;
  readonly path: string;
  readonly layer: tf.layers.Layer;
  readonly kind: SiteKind;
  readonly inputs: readonly string[];
  readonly shape: readonly number[];
}

function tracedCalls(model: tf.LayersModel): Traced[] {
  const producer = new Map<number, string>();
  const calls: Traced[] = [];
  passBlank(model, ({ layer, path, index, inputs, output }) => {
    const id = siteId(path, index);
    producer.set(output.id, id);
    calls.push({ id, path, layer, kind: kindOf(layer), inputs: inputs.flatMap((tensor) => producer.get(tensor.id) ?? []), shape: output.shape.slice(1) });
  });
  return calls;
}

/** Whether a path is that of a layer of the network, or leads into it. */
function isInside(path: string, { name }: tf.layers.Layer): boolean {
  return path === name || path.startsWith(`${name}/`);
}

/** The last site, and where it only hands on what a new weighted layer made of the signal, that layer, too: logits may be small. */
function logitSites(sites: ReadonlyMap<string, Traced>, isNew: (call: Traced) => boolean): ReadonlySet<string> {
  const way: string[] = [];
  let site = [...sites.values()].at(-1);
  while (site?.kind === 'pass' && site.inputs.length === 1) {
    way.push(site.id);
    site = sites.get(site.inputs[0]!);
  }
  if (site?.kind === 'weighted' && isNew(site)) return new Set([...way, site.id]);
  return new Set(sites.size === 0 ? [] : [[...sites.keys()].at(-1)!]);
}

/** How often a model calls each layer in one pass, by path. */
export function countCalls(model: tf.LayersModel): Map<string, number> {
  const calls = new Map<string, number>();
  passBlank(model, ({ path, index }) => calls.set(path, index + 1));
  return calls;
}

function passBlank(model: tf.LayersModel, see: (call: Call) => void): void {
  tf.tidy(() => {
    const blank = tf.zeros([1, ...model.inputs[0]!.shape.slice(1).map((side) => side ?? 1)]);
    watch(model, { observe: see }, () => model.apply(blank, { training: false }));
  });
}

function kindOf(layer: tf.layers.Layer): SiteKind {
  const className = layer.getClassName();
  if (WEIGHTED.has(className)) return 'weighted';
  if (NORMALIZATIONS.has(className)) return 'normalization';
  if (MERGES.has(className)) return 'merge';
  return PASSES.has(className) ? 'pass' : 'unjudged';
}

/** Values that one output unit sums up, on average; null for a layer whose output is no single sum. */
function fanIn(layer: tf.layers.Layer): number | null {
  const shape = layer.weights[0]!.shape.map((side) => side ?? 1);
  const window = tf.util.sizeFromShape(shape.slice(0, -2));
  switch (layer.getClassName()) {
    case 'SeparableConv2D':
      return null;
    case 'DepthwiseConv2D':
      return window;
    case 'Conv2DTranspose':
    case 'Conv3DTranspose':
      // The kernel is [window..., outputs, inputs]; a stride spreads the window over as many outputs.
      return (window * shape.at(-1)!) / tf.util.sizeFromShape((layer as tf.layers.Layer & { strides: number[] }).strides);
    default:
      return window * shape.at(-2)!;
  }
}

/** The activation that a site's output meets first: its own, or that of the layers behind it. */
function followingActivation({ id, layer }: Traced, readers: ReadonlyMap<string, readonly Traced[]>): Activation | null {
  const own = ownActivation(layer);
  if (own && own.name !== 'linear') return own;
  const [next, ...others] = readers.get(id) ?? [];
  if (!next || others.length > 0 || !handsOn(next)) return own;
  return followingActivation(next, readers) ?? own;
}

/** Who reads the output of each site. */
function readersOf(calls: readonly Traced[]): Map<string, Traced[]> {
  const readers = new Map<string, Traced[]>();
  for (const call of calls) for (const input of new Set(call.inputs)) readers.set(input, [...(readers.get(input) ?? []), call]);
  return readers;
}

/** Whether a site leaves it to what comes after it which activation the values meet, or is that activation. */
function handsOn({ kind, layer }: Traced): boolean {
  return kind === 'normalization' || isActivationLayer(layer) || TRANSPARENT.has(layer.getClassName());
}
