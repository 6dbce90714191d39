import * as tf from '../tf.ts';
import { mendMethod } from './classes.ts';

interface Concatenate extends tf.layers.Layer {
  readonly axis: number;
}

/**
 * Concatenation on an axis counted from the end, as in Keras. tfjs-layers 4.22 takes the last axis for each of them:
 * wrong values, or an error, for -2 and below.
 */
export function mendConcatenate(): void {
  mendMethod<Concatenate, 'call'>('Concatenate', 'call', (layer, stock, inputs, kwargs) =>
    layer.axis >= -1 ? stock(layer, inputs, kwargs) : tf.concat(inputs as tf.Tensor[], layer.axis),
  );
}
