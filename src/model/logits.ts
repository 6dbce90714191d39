import * as tf from '../engine/tf.ts';
import { UserError } from '../errors.ts';
import { nodeOf } from './graph.ts';

/** Layers that only hand logits on: what stands before them decides. */
const PASSING: ReadonlySet<string> = new Set(['Activation', 'Reshape', 'Flatten']);

/** Layers that mix neighbouring pixels, or add some. */
const RESAMPLING: ReadonlySet<string> = new Set(['UpSampling2D', 'Resizing', 'ZeroPadding2D', 'Cropping2D', 'CenterCrop']);

/**
 * Takes the softmax at the end off, in whatever form it is there: a layer of its own, the activation of the last
 * weighted layer, inside a nested model, before a reshape. The loss is computed from logits, as Keras does behind a
 * softmax: no logarithm of a rounded probability. A model that ends in logits comes back as it is.
 *
 * @param model of one output
 * @throws UserError where it ends in another activation
 */
export function endInLogits(model: tf.LayersModel): tf.LayersModel {
  const output = model.outputs[0]!;
  const logits = withoutSoftmax(output);
  return logits === output ? model : tf.model({ inputs: model.inputs, outputs: logits, name: model.name });
}

function withoutSoftmax(tensor: tf.SymbolicTensor): tf.SymbolicTensor {
  const layer = tensor.sourceLayer;
  const [input] = nodeOf(tensor).inputTensors;
  if (!input || input === tensor) return tensor;
  if (layer instanceof tf.LayersModel) {
    const nested = endInLogits(layer);
    return nested === layer ? tensor : (nested.apply(input) as tf.SymbolicTensor);
  }
  const className = layer.getClassName();
  const activation = activationOf(layer);
  if (activation === 'softmax') return ['Activation', 'Softmax'].includes(className) ? input : linearTwin(layer, input);
  if (activation !== 'linear') {
    throw new UserError('output-activation', `The last layer '${layer.name}' ends in '${activation}'.`, 'End a classifier in softmax, or in linear logits.');
  }
  if (!PASSING.has(className) && !RESAMPLING.has(className)) return tensor;
  const before = withoutSoftmax(input);
  if (before !== input && RESAMPLING.has(className)) {
    throw new UserError('output-activation', `The network ends in '${layer.name}', which would mix the probabilities of a softmax before it.`, 'Put the softmax last, or leave it out: the loss works on logits.');
  }
  return before === input ? tensor : (layer.apply(before) as tf.SymbolicTensor);
}

function activationOf(layer: tf.layers.Layer): string {
  if (layer.getClassName() === 'Softmax') return 'softmax';
  const { activation } = layer.getConfig();
  return typeof activation === 'string' ? activation : 'linear';
}

/** The layer with its weights, without its activation. */
function linearTwin(layer: tf.layers.Layer, input: tf.SymbolicTensor): tf.SymbolicTensor {
  const layerClass = layer.constructor as tf.serialization.SerializableConstructor<tf.layers.Layer>;
  const twin = layerClass.fromConfig(layerClass, { ...layer.getConfig(), activation: 'linear' });
  const logits = twin.apply(input) as tf.SymbolicTensor;
  twin.setWeights(layer.getWeights());
  return logits;
}
