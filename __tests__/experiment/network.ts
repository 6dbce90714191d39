import * as tf from '../../src/engine/tf.ts';

/** A model of layers that follow each other. */
export function chain(shape: readonly number[], ...layers: readonly tf.layers.Layer[]): tf.LayersModel {
  const input = tf.input({ shape: [...shape] });
  return tf.model({ inputs: input, outputs: through(input, ...layers) });
}

/** The output of layers that are applied one after the other. */
export function through(input: tf.SymbolicTensor, ...layers: readonly tf.layers.Layer[]): tf.SymbolicTensor {
  return layers.reduce((tensor, layer) => layer.apply(tensor) as tf.SymbolicTensor, input);
}

/** The layer applied to several tensors. */
export function merge(layer: tf.layers.Layer, ...inputs: readonly tf.SymbolicTensor[]): tf.SymbolicTensor {
  return layer.apply([...inputs]) as tf.SymbolicTensor;
}
