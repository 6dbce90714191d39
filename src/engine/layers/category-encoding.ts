import type * as tf from '../tf.ts';
import { mendMethod, onlyShape } from './classes.ts';

/** tfjs-layers 4.22 writes the size of the encoding into the shape of its own input, which then refuses its data. */
export function mendCategoryEncoding(): void {
  mendMethod<tf.layers.Layer, 'computeOutputShape'>('CategoryEncoding', 'computeOutputShape', (layer, stock, inputShape) =>
    stock(layer, [...onlyShape(inputShape)]),
  );
}
