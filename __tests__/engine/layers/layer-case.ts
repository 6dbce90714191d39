import { type LayerClass, layerClass } from '../../../src/engine/layers/classes.ts';
import { randomOf, type Random } from '../../../src/engine/seeding.ts';
import type * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { sizeOf } from '../reference/array.ts';

/** Draws the values of an input of a shape, batch first. */
export type Draw = (shape: readonly number[], seed: number) => number[];

/** One way to use a layer. */
export interface LayerCase {
  /** The layer's class in the registry of tfjs-layers. */
  readonly layer: string;
  readonly variant: string;
  /** Shapes of the inputs, without the batch. */
  readonly inputs: readonly (readonly number[])[];
  /** Calls the layer; makes it anew each time. */
  readonly apply: (...inputs: tf.SymbolicTensor[]) => tf.SymbolicTensor | tf.SymbolicTensor[];
  /** Standard normal where missing. */
  readonly draw?: Draw;
  /** Inputs are numbers of categories, by which there is no gradient. */
  readonly categories?: true;
  /** Batch size, where the case needs one of its own. */
  readonly batch?: number;
  /** A kink lies where no draw of the inputs avoids it: differences are taken closer, and without extrapolation. */
  readonly kinked?: true;
  /** The plain cpu backend errs here, too. */
  readonly wrongOnCpu?: true;
}

/** Standard normal values that keep a distance from where a function has a kink. */
export function clearOf(...kinks: number[]): Draw {
  return (shape, seed) => {
    const random = normal(seed);
    const draw = (): number => {
      const x = 1.5 * random();
      return kinks.some((kink) => Math.abs(x - kink) < 0.1) ? draw() : x;
    };
    return Array.from({ length: sizeOf(shape) }, draw);
  };
}

/** Values at least 1/8 apart, half of them negative: which is the largest stays the same for small steps. */
export const spaced: Draw = (shape, seed) => {
  const random = randomOf(seed, 'order');
  const middle = Math.floor(sizeOf(shape) / 2);
  const values = Array.from({ length: sizeOf(shape) }, (_, rank) => (rank - middle) / 8 + 1 / 16);
  return values.map((value) => ({ value, key: random() })).sort((a, b) => a.key - b.key).map(({ value }) => value);
};

/** Integers from 0 up to, not including, `count`. */
export function categories(count: number): Draw {
  return (shape, seed) => {
    const random: Random = randomOf(seed, 'categories');
    return Array.from({ length: sizeOf(shape) }, () => Math.floor(random() * count));
  };
}

/** Normal values [batch, steps, features], zero in some steps: at the end of the first sequence, inside of others. */
export const withGaps: Draw = (shape, seed) => {
  const random = normal(seed);
  const steps = shape[1]!;
  const features = sizeOf(shape.slice(2));
  return Array.from({ length: sizeOf(shape) }, (_, i) => {
    const step = Math.floor(i / features) % steps;
    const sequence = Math.floor(i / features / steps);
    const gap = sequence === 0 ? step >= steps - 2 : step === sequence % steps;
    return gap ? 0 : random();
  });
};

/** A case that calls one layer of one input. */
export function oneInput(
  layer: string,
  variant: string,
  shape: readonly number[],
  make: () => tf.layers.Layer,
  options: Pick<LayerCase, 'draw' | 'categories' | 'batch' | 'kinked' | 'wrongOnCpu'> = {},
): LayerCase {
  return { layer, variant, inputs: [shape], apply: (x) => make().apply(x) as tf.SymbolicTensor, ...options };
}

/** Makes a layer from its class in the registry: what a model file does, and all that some classes offer. */
export function fromRegistry(className: string, config: tf.serialization.ConfigDict): tf.layers.Layer {
  return madeOf(layerClass(className), config);
}

export function madeOf<L extends tf.layers.Layer>(made: LayerClass<L>, config: tf.serialization.ConfigDict): L {
  return made.fromConfig(made, config);
}
