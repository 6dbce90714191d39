import type { Remedy } from '../evidence/remedy.ts';
import * as tf from '../engine/tf.ts';
import { ownActivation } from './activation.ts';
import type { InitializerOverrides } from './initialization.ts';
import { intercept, layerPaths } from './layer-calls.ts';
import { pathOf } from './site-id.ts';
import type { Recipe } from './training.ts';

/** The initializers that a remedy puts in place of the layers' own. */
export function overridesOf(remedy: Remedy | null): InitializerOverrides {
  if (remedy?.amendment.kind !== 'initializers') return {};
  const { kernels, biases } = remedy.amendment;
  const sites = new Set([...Object.keys(kernels), ...Object.keys(biases)]);
  return Object.fromEntries([...sites].map((site) => [pathOf(site), { kernel: kernels[site], bias: biases[site] }]));
}

/** How a run with a remedy trains. */
export function amendedRecipe(recipe: Recipe, remedy: Remedy | null): Recipe {
  switch (remedy?.amendment.kind) {
    case 'learning-rate':
      return { ...recipe, learningRate: remedy.amendment.rate };
    case 'clip-norm':
      return { ...recipe, clipNorm: remedy.amendment.norm };
    case 'no-penalties':
      return { ...recipe, penalties: false };
    default:
      return recipe;
  }
}

/**
 * Changes layers in place as a remedy says.
 *
 * @returns a function that makes them as they were
 */
export function amendLayers(model: tf.LayersModel, remedy: Remedy | null): () => void {
  if (!remedy) return () => undefined;
  const { amendment } = remedy;
  const wanted = new Set(remedy.sites.map(pathOf));
  const layers = [...layerPaths(model)].flatMap(([layer, path]) => (wanted.has(path) ? [layer] : []));
  const restores = layers.flatMap((layer): (() => void)[] => {
    switch (amendment.kind) {
      case 'activation':
        return [withActivation(layer, amendment.activation)];
      case 'unfreeze':
        return [exchanged(layer, 'trainable', true)];
      case 'dropout':
        return [exchanged(layer as Dropping, 'rate', amendment.rate)];
      default:
        return [];
    }
  });
  return () => {
    for (const restore of restores.toReversed()) restore();
  };
}

type Dropping = tf.layers.Layer & { rate: number };
type Activated = tf.layers.Layer & { activation: { apply(tensor: tf.Tensor): tf.Tensor } };

function withActivation(layer: tf.layers.Layer, name: string): () => void {
  const activation = activationCalled(name);
  if ('activation' in layer) return exchanged(layer as Activated, 'activation', activation);
  if (ownActivation(layer) === null) return () => undefined;
  // A class that is an activation and nothing else.
  return intercept(layer, () => (inputs) => activation.apply([inputs].flat()[0]!));
}

function activationCalled(name: string): Activated['activation'] {
  const camel = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) as 'relu';
  return (tf.layers.activation({ activation: camel }) as Activated).activation;
}

function exchanged<Holder extends object, Key extends keyof Holder>(holder: Holder, key: Key, value: Holder[Key]): () => void {
  const before = holder[key];
  holder[key] = value;
  return () => {
    holder[key] = before;
  };
}
