import { batchDependent } from '../engine/batch-norm.ts';
import * as tf from '../engine/tf.ts';
import { nodeOf, tensorsUpTo } from './graph.ts';
import { isRandom } from './random-layers.ts';

/** A network cut where training starts to matter. */
export interface SplitNetwork {
  /** Frozen, without chance and blind to other images of a batch: its output for an image never changes. Null where training starts at the input. */
  readonly prefix: tf.LayersModel | null;
  /** From the prefix's output (or the image) to logits. Shares its layers with the network. */
  readonly tail: tf.LayersModel;
}

/**
 * Cuts the network at the last tensor that every path passes through and that no training step can change,
 * so that what lies before it is computed once per image.
 *
 * @param model of one input and one output
 * @param newLayers are drawn anew for each seed: where they have weights they are no part of the prefix, even if frozen
 */
export function splitNetwork(model: tf.LayersModel, newLayers: readonly tf.layers.Layer[] = []): SplitNetwork {
  const input = model.inputs[0]!;
  const output = model.outputs[0]!;
  const cut = constantTensors(input, output, new Set(newLayers)).findLast((tensor) => tensor !== output && everyPathPasses(output, tensor, input));
  if (!cut || cut === input) return { prefix: null, tail: model };
  return { prefix: tf.model({ inputs: input, outputs: cut }), tail: tailFrom(cut, output) };
}

/** Outputs of frozen layers without chance that look at one image alone, whose inputs are such outputs, in the order of execution. */
function constantTensors(input: tf.SymbolicTensor, output: tf.SymbolicTensor, drawn: ReadonlySet<tf.layers.Layer>): tf.SymbolicTensor[] {
  const constant = new Set([input]);
  for (const tensor of tensorsUpTo(output)) {
    const layer = tensor.sourceLayer;
    if (isRandom(layer) || layer.trainableWeights.length > 0 || batchDependent(layer) !== null || (drawn.has(layer) && layer.weights.length > 0)) continue;
    if (nodeOf(tensor).inputTensors.every((source) => constant.has(source))) constant.add(tensor);
  }
  return [...constant];
}

function everyPathPasses(from: tf.SymbolicTensor, gate: tf.SymbolicTensor, end: tf.SymbolicTensor): boolean {
  const seen = new Set([gate]);
  const open = [from];
  for (let tensor = open.pop(); tensor; tensor = open.pop()) {
    if (seen.has(tensor)) continue;
    if (tensor === end) return false;
    seen.add(tensor);
    open.push(...nodeOf(tensor).inputTensors);
  }
  return true;
}

/** The same layers applied to a new input in place of the cut tensor. */
function tailFrom(cut: tf.SymbolicTensor, output: tf.SymbolicTensor): tf.LayersModel {
  const input = tf.input({ shape: cut.shape.slice(1), name: 'features' });
  const images = new Map([[cut, input]]);
  const image = (tensor: tf.SymbolicTensor): tf.SymbolicTensor => {
    const known = images.get(tensor);
    if (known) return known;
    const node = nodeOf(tensor);
    const inputs = node.inputTensors.map(image);
    const outputs = [tensor.sourceLayer.apply(inputs.length === 1 ? inputs[0]! : inputs, node.callArgs as object) as tf.SymbolicTensor | tf.SymbolicTensor[]].flat();
    node.outputTensors.forEach((original, index) => images.set(original, outputs[index]!));
    return images.get(tensor)!;
  };
  return tf.model({ inputs: input, outputs: image(output) });
}
