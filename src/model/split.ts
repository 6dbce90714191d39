import { batchDependent } from '../engine/batch-norm.ts';
import * as tf from '../engine/tf.ts';
import { nodeOf, tensorsUpTo } from './graph.ts';
import { isRandom } from './random-layers.ts';

/** A network cut where training starts to matter. */
export interface SplitNetwork {
  /** Frozen, without chance and blind to other images of a batch: its outputs for an image never change. Null where training starts at the input. */
  readonly prefix: tf.LayersModel | null;
  /** From the prefix's outputs (or the image) to logits. Shares its layers with the network. */
  readonly tail: tf.LayersModel;
}

/**
 * Cuts the network where training starts: behind the last tensors that no training step can change, so that what lies
 * before them is computed once per image.
 *
 * @param model of one input and one output
 * @param newLayers are drawn anew for each seed: where they have weights they are no part of the prefix, even if frozen
 */
export function splitNetwork(model: tf.LayersModel, newLayers: readonly tf.layers.Layer[] = []): SplitNetwork {
  const input = model.inputs[0]!;
  const output = model.outputs[0]!;
  const constant = new Set(constantTensors(input, output, new Set(newLayers)));
  constant.delete(output);
  const cuts = smallest(readByOthers(constant, output), input);
  if (cuts.length === 0 || cuts.includes(input)) return { prefix: null, tail: model };
  return { prefix: tf.model({ inputs: input, outputs: cuts }), tail: tailFrom(cuts, output) };
}

/** Constant tensors that what is not constant reads. */
function readByOthers(constant: ReadonlySet<tf.SymbolicTensor>, output: tf.SymbolicTensor): tf.SymbolicTensor[] {
  const others = tensorsUpTo(output).filter((tensor) => !constant.has(tensor));
  return [...new Set(others.flatMap((tensor) => nodeOf(tensor).inputTensors.filter((source) => constant.has(source))))];
}

/** Moves the cut back over layers without weights that make more values than they read, as upsampling does: features are kept. */
function smallest(cuts: readonly tf.SymbolicTensor[], input: tf.SymbolicTensor): tf.SymbolicTensor[] {
  for (const tensor of cuts) {
    const sources = nodeOf(tensor).inputTensors;
    if (tensor === input || tensor.sourceLayer.weights.length > 0 || sources.includes(input)) continue;
    const added = sources.filter((source) => !cuts.includes(source));
    if (added.reduce((sum, source) => sum + valuesOf(source), 0) < valuesOf(tensor)) return smallest([...new Set([...cuts.filter((cut) => cut !== tensor), ...sources])], input);
  }
  return [...cuts];
}

function valuesOf({ shape }: tf.SymbolicTensor): number {
  return shape.slice(1).reduce<number>((product, side) => product * (side ?? 1), 1);
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

/** The same layers applied to new inputs in place of the cut tensors. */
function tailFrom(cuts: readonly tf.SymbolicTensor[], output: tf.SymbolicTensor): tf.LayersModel {
  const inputs = cuts.map(({ shape }, index) => tf.input({ shape: shape.slice(1), name: cuts.length === 1 ? 'features' : `features_${index + 1}` }));
  const images = new Map(cuts.map((cut, index) => [cut, inputs[index]!]));
  const image = (tensor: tf.SymbolicTensor): tf.SymbolicTensor => {
    const known = images.get(tensor);
    if (known) return known;
    const node = nodeOf(tensor);
    const sources = node.inputTensors.map(image);
    const outputs = [tensor.sourceLayer.apply(sources.length === 1 ? sources[0]! : sources, node.callArgs as object) as tf.SymbolicTensor | tf.SymbolicTensor[]].flat();
    node.outputTensors.forEach((original, index) => images.set(original, outputs[index]!));
    return images.get(tensor)!;
  };
  return tf.model({ inputs, outputs: image(output) });
}
