import type * as tf from '../engine/tf.ts';

/** One call of one layer. */
export type LayerNode = tf.SymbolicTensor['sourceLayer']['inboundNodes'][number];

/** The call that made a tensor. */
export function nodeOf(tensor: tf.SymbolicTensor): LayerNode {
  return tensor.sourceLayer.inboundNodes[tensor.nodeIndex]!;
}

/** Every tensor that `output` is computed from, and itself, in an order in which they can be computed. */
export function tensorsUpTo(output: tf.SymbolicTensor): tf.SymbolicTensor[] {
  const found = new Set<tf.SymbolicTensor>();
  const visited = new Set<tf.SymbolicTensor>();
  const visit = (tensor: tf.SymbolicTensor) => {
    if (visited.has(tensor)) return;
    visited.add(tensor);
    // An input layer counts its tensor among its own inputs.
    for (const input of nodeOf(tensor).inputTensors) visit(input);
    found.add(tensor);
  };
  visit(output);
  return [...found];
}

/** Layers whose every call on the way to `output` reads, directly or not, what `start` holds. */
export function layersBetween(start: tf.SymbolicTensor, output: tf.SymbolicTensor): Set<tf.layers.Layer> {
  const fed = new Set([start]);
  const after = new Set<tf.layers.Layer>();
  const elsewhere = new Set<tf.layers.Layer>();
  for (const tensor of tensorsUpTo(output)) {
    const isFed = tensor !== start && nodeOf(tensor).inputTensors.some((input) => fed.has(input));
    if (isFed) fed.add(tensor);
    (isFed ? after : elsewhere).add(tensor.sourceLayer);
  }
  for (const layer of elsewhere) after.delete(layer);
  return after;
}

/** Layers on the way to `output` that `start` is not computed from. */
export function layersBeyond(start: tf.SymbolicTensor, output: tf.SymbolicTensor): Set<tf.layers.Layer> {
  const before = new Set(tensorsUpTo(start).map(({ sourceLayer }) => sourceLayer));
  return new Set(tensorsUpTo(output).map(({ sourceLayer }) => sourceLayer).filter((layer) => !before.has(layer)));
}
