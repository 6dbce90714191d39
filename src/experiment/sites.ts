import type { Site, SiteKind } from '../evidence/types.ts';
import * as tf from '../engine/tf.ts';
import type { Network } from '../model/network.ts';
import { targetGain } from '../stats/gain.ts';
import { type Call, watch } from './probes.ts';

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

/** An activation as the field names it, with its slope or limit where it has one. */
export interface Activation {
  readonly name: string;
  readonly alpha?: number;
}

/** The id of the k-th call (from 0) of the layer at a path. */
export function siteId(path: string, index: number): string {
  return index === 0 ? path : `${path}#${index + 1}`;
}

/**
 * Finds every site by one pass of a blank image: which layer is called, in which order, and whose output it reads.
 * Nested, shared and multi-input layers need no case of their own, because tensors tell where they come from.
 */
export function traceSites(network: Network): Site[] {
  const { model, newLayers } = network;
  const fresh = new Set(newLayers);
  const producer = new Map<number, string>();
  const traced: (Omit<Site, 'activation' | 'targetGain' | 'part'> & { layer: tf.layers.Layer; path: string })[] = [];
  passBlank(model, ({ layer, path, index, inputs, output }) => {
    const id = siteId(path, index);
    producer.set(output.id, id);
    traced.push({
      id,
      layer,
      path,
      className: layer.getClassName(),
      boundary: false,
      kind: kindOf(layer),
      inputs: inputs.flatMap((tensor) => producer.get(tensor.id) ?? []),
      shape: output.shape.slice(1),
      fanIn: fanIn(layer),
      parameters: layer.countParams(),
      trainable: layer.trainableWeights.length > 0,
    });
  });
  const sites = new Map(traced.map((site) => [site.id, site]));
  const isNew = (path: string) => [...fresh].some((layer) => path === layer.name || path.startsWith(`${layer.name}/`));
  const boundary = network.boundary && traced.findLast(({ path }) => path === network.boundary?.name || path.startsWith(`${network.boundary?.name ?? ''}/`));
  return traced.map(({ layer, path, ...site }) => {
    const activation = followingActivation(site.id, layer, sites);
    return {
      ...site,
      boundary: site.id === boundary?.id,
      part: site.id === traced.at(-1)?.id ? 'output' : isNew(path) ? 'head' : 'trunk',
      activation: activation?.name ?? null,
      targetGain: site.kind === 'weighted' ? targetGain(activation ?? { name: 'linear' }) : null,
    };
  });
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

/** Values that one output unit sums up; for a depthwise kernel the window alone. */
function fanIn(layer: tf.layers.Layer): number | null {
  if (!WEIGHTED.has(layer.getClassName())) return null;
  const shape = layer.weights[0]?.shape as number[] | undefined;
  if (!shape) return null;
  const outputs = shape.length > 1 ? 1 : 0;
  const summed = layer.getClassName() === 'DepthwiseConv2D' ? shape.slice(0, -2) : shape.slice(0, shape.length - outputs);
  return summed.reduce((product, side) => product * side, 1);
}

interface Traced {
  readonly id: string;
  readonly layer: tf.layers.Layer;
  readonly kind: SiteKind;
  readonly inputs: readonly string[];
}

/** The activation that a site's output meets first: its own, or that of the layers behind it. */
function followingActivation(id: string, layer: tf.layers.Layer, sites: ReadonlyMap<string, Traced>): Activation | null {
  const own = ownActivation(layer);
  if (own && own.name !== 'linear') return own;
  const consumers = [...sites.values()].filter(({ inputs }) => inputs.includes(id));
  if (consumers.length !== 1) return own;
  const [next] = consumers;
  if (next!.kind === 'normalization' || isActivationLayer(next!.layer) || isTransparent(next!.layer)) {
    return followingActivation(next!.id, next!.layer, sites) ?? own;
  }
  return own;
}

const TRANSPARENT: ReadonlySet<string> = new Set(['Flatten', 'Reshape', 'Permute', 'Dropout', 'SpatialDropout1D', 'ZeroPadding2D']);

function isTransparent(layer: tf.layers.Layer): boolean {
  return TRANSPARENT.has(layer.getClassName());
}

function isActivationLayer(layer: tf.layers.Layer): boolean {
  return ['Activation', 'ReLU', 'LeakyReLU', 'PReLU', 'ELU', 'Softmax', 'ThresholdedReLU'].includes(layer.getClassName());
}

/** The activation that a layer applies itself. */
export function ownActivation(layer: tf.layers.Layer): Activation | null {
  const config = layer.getConfig();
  switch (layer.getClassName()) {
    case 'ReLU':
      return { name: config.maxValue === 6 ? 'relu6' : 'relu' };
    case 'LeakyReLU':
      return { name: 'leaky-relu', alpha: Number(config.alpha) };
    case 'PReLU':
      return { name: 'prelu' };
    case 'ELU':
      return { name: 'elu', alpha: Number(config.alpha) };
    case 'Softmax':
      return { name: 'softmax' };
    case 'ThresholdedReLU':
      return { name: 'thresholded-relu' };
    default: {
      const { activation } = config;
      return typeof activation === 'string' ? { name: kebab(activation) } : null;
    }
  }
}

function kebab(name: string): string {
  return name.replaceAll('_', '-').replaceAll(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
}
