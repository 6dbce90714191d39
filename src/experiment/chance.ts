import { withSeed } from '../engine/seeding.ts';
import * as tf from '../engine/tf.ts';

/**
 * Gives every layer that draws in training (dropout, noise) a generator of its own at each step,
 * named by the layer: masks are the same in every arm, and adding a layer changes no other layer's.
 *
 * @param moment names the present step, e.g. `training/17`
 * @returns a function that makes the layers draw from `Math.random` again
 */
export function seedChance(model: tf.LayersModel, seed: number, moment: () => string): () => void {
  const restores = [...randomLayers(model, '')].map(([path, layer]) => {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with `layer` as this, below
    const { call } = layer;
    layer.call = (inputs, kwargs) => withSeed(seed, `${moment()}/${path}`, () => call.call(layer, inputs, kwargs));
    const holder = layer as { seed?: number | undefined };
    const { seed: ownSeed } = holder;
    // A seed of the layer's own would draw one mask and repeat it at every step.
    holder.seed = undefined;
    return () => {
      delete (layer as Partial<tf.layers.Layer>).call;
      holder.seed = ownSeed;
    };
  });
  return () => {
    for (const restore of restores) restore();
  };
}

const RANDOM_LAYERS: ReadonlySet<string> = new Set(['Dropout', 'SpatialDropout1D', 'GaussianDropout', 'GaussianNoise', 'AlphaDropout']);

function* randomLayers(model: tf.LayersModel, prefix: string): Generator<[string, tf.layers.Layer]> {
  for (const layer of model.layers) {
    if (layer instanceof tf.LayersModel) yield* randomLayers(layer, `${prefix}${layer.name}/`);
    else if (RANDOM_LAYERS.has(layer.getClassName())) yield [`${prefix}${layer.name}`, layer];
  }
}
