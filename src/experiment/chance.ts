import { withSeed } from '../engine/seeding.ts';
import type * as tf from '../engine/tf.ts';
import { intercept, layerPaths } from './layer-calls.ts';
import { siteId } from './site-id.ts';

/**
 * Gives every layer a generator of its own for each call in training mode, named by the moment and the call: what
 * layers draw (dropout, noise) is the same in every arm and repetition, new at each step, and adding a layer changes
 * no other layer's. A `seed` of a layer's own, which would draw one mask and repeat it at every step, is not used.
 */
export class Chance {
  private moment = '';
  private readonly calls = new Map<tf.layers.Layer, number>();
  private readonly restores: readonly (() => void)[];

  constructor(model: tf.LayersModel, seed: number) {
    this.restores = [...layerPaths(model)].flatMap(([layer, path]) => [
      withoutOwnSeed(layer),
      intercept(layer, (call) => (inputs, kwargs) => {
        if (kwargs.training !== true) return call(inputs, kwargs);
        const index = this.calls.get(layer) ?? 0;
        this.calls.set(layer, index + 1);
        return withSeed(seed, `${this.moment}/${siteId(path, index)}`, () => call(inputs, kwargs));
      }),
    ]);
  }

  /** Names what the next pass draws for, e.g. `training/17`. The same moment again draws the same. */
  begin(moment: string): void {
    this.moment = moment;
    this.calls.clear();
  }

  /** Makes the layers draw from `Math.random` again. */
  release(): void {
    for (const restore of this.restores.toReversed()) restore();
  }
}

function withoutOwnSeed(layer: tf.layers.Layer): () => void {
  const { layer: wrapped, randomGenerator } = layer as { layer?: Seeded; randomGenerator?: Seeded };
  const restores = [layer as Seeded, wrapped, randomGenerator].flatMap((holder) => {
    if (holder?.seed == null) return [];
    const { seed } = holder;
    holder.seed = undefined;
    return () => {
      holder.seed = seed;
    };
  });
  return () => {
    for (const restore of restores) restore();
  };
}

interface Seeded {
  seed?: number | null | undefined;
}
