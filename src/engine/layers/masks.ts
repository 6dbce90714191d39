import * as tf from '../tf.ts';
import { layerClass, mendMethod, mendPrototype, onlyTensor } from './classes.ts';

/** Layers that hand a mask on in Keras, but not in tfjs-layers. */
const TRANSPARENT: ReadonlySet<string> = new Set(['LeakyReLU', 'ELU', 'ThresholdedReLU', 'Softmax']);

/** What layers said of themselves when they were made. */
const knowing = new WeakMap<tf.layers.Layer, boolean>();

/**
 * Masks as in Keras, where each tensor carries its own to the layers that read it, and a layer that knows none drops
 * it (base_layer.py of tf_keras). In tfjs-layers 4.22 a mask, once met, is handed to every layer that is called later,
 * whatever it reads; sums of masked sequences leave the last mask out and give the rest the wrong shape; the average
 * over steps knows no mask.
 */
export function mendMasks(): void {
  mendPropagation();
  mendMerges();
  mendAverage();
}

interface Layer extends tf.layers.Layer {
  apply: (
    inputs: tf.Tensor | tf.Tensor[] | tf.SymbolicTensor | tf.SymbolicTensor[],
    kwargs?: Readonly<Record<string, unknown>>,
  ) => tf.Tensor | tf.Tensor[] | tf.SymbolicTensor | tf.SymbolicTensor[];
}

function mendPropagation(): void {
  const prototype = tf.layers.Layer.prototype;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the layer as this, below
  const { apply: stock } = prototype;
  // tfjs-layers computes masks, and mixes them up, for layers that say they know them: let none say so.
  Object.defineProperty(prototype, 'supportsMasking', {
    get: () => false,
    set(this: tf.layers.Layer, value: boolean | undefined) {
      knowing.set(this, value === true);
    },
  });
  mendPrototype(prototype, 'computeMask', (layer, _, __, mask) => (knowsMasks(layer) ? (mask ?? null) : null));
  prototype.apply = function (this: Layer, inputs, kwargs) {
    const given = [inputs].flat();
    if (!given.every((input) => input instanceof tf.Tensor)) return stock.call(this, inputs, kwargs);
    const masks = given.map(({ kerasMask }) => kerasMask ?? null);
    const outputs = stock.call(this, inputs, withMask(this, masks[0] ?? null, kwargs)) as tf.Tensor | tf.Tensor[];
    if (knowsMasks(this)) {
      const computed = [given.length === 1 ? this.computeMask(given[0]!, masks[0]!) : this.computeMask(given, masks as tf.Tensor[])].flat();
      [outputs].flat().forEach((output, i) => {
        const mask = computed[i] as tf.Tensor | null | undefined;
        // A tensor that goes takes its mask with it: each needs its own, which lives as long, beyond this scope.
        if (mask) output.kerasMask = tf.keep(masks.includes(mask) ? tf.clone(mask) : mask);
      });
    }
    return outputs;
  };
}

function knowsMasks(layer: tf.layers.Layer): boolean {
  return knowing.get(layer) === true || TRANSPARENT.has(layer.getClassName());
}

/** The tensors of a model carry their masks to the layers inside; a mask of the model itself would reach all of them. */
function withMask(layer: tf.layers.Layer, mask: tf.Tensor | null, kwargs: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  if (layer instanceof tf.LayersModel) return { ...kwargs, mask: undefined };
  return mask ? { ...kwargs, mask } : { ...kwargs };
}

/** A step counts where it counts in every masked input (base_merge.py of tf_keras). */
function mendMerges(): void {
  const merge = Object.getPrototypeOf(layerClass('Add').prototype) as tf.layers.Layer;
  mendPrototype(merge, 'computeMask', (_, __, ___, mask) => {
    const masks = [mask].flat().filter((one) => one !== null && one !== undefined);
    return masks.length === 0 ? null : tf.tidy(() => masks.reduce((both, one) => tf.logicalAnd(both, one)));
  });
}

/** The mean over the steps that count (global_average_pooling1d.py of tf_keras). */
function mendAverage(): void {
  mendMethod('GlobalAveragePooling1D', 'call', (layer, stock, inputs, kwargs) => {
    const mask = kwargs.mask as tf.Tensor | null | undefined;
    if (!mask) return stock(layer, inputs, kwargs);
    return tf.tidy(() => {
      const counts = tf.expandDims(tf.cast(mask, 'float32'), 2);
      return tf.div(tf.sum(tf.mul(onlyTensor(inputs), counts), 1), tf.sum(counts, 1));
    });
  });
}
