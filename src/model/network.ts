import type { LayerSpec } from '../config/settings.ts';
import * as tf from '../engine/tf.ts';
import { UserError } from '../errors.ts';
import { makeLayer, suggest } from './layer-spec.ts';
import { loadModel, type Size } from './load.ts';

/** What the config says of the model, paths resolved. */
export interface NetworkSpec {
  /** Absolute path of model.json; null builds the network from `head` alone. */
  readonly path: string | null;
  readonly boundary: string | null;
  /** Layers put on the boundary; null where the file holds the head. */
  readonly head: readonly LayerSpec[] | null;
  /** `head`, `all` or `from:<layer>`. */
  readonly train: string;
}

/** The team's model, made ready for an experiment. */
export interface Network {
  /** From an image batch to logits. A softmax at the end is taken off: the loss works on logits. */
  readonly model: tf.LayersModel;
  /** The last pretrained layer; null where nothing is pretrained. */
  readonly boundary: tf.layers.Layer | null;
  /** Layers after the boundary: initialized anew for each seed. */
  readonly newLayers: readonly tf.layers.Layer[];
}

/**
 * Loads the trunk, puts the head on it and sets what trains.
 *
 * @param size height and width that the network is fed; null takes the file's
 * @throws UserError when file, boundary, head or `train` do not fit together
 */
export async function buildNetwork(spec: NetworkSpec, size: Size | null, classes: number): Promise<Network> {
  const whole = spec.path === null ? fromLayers(spec, size) : await fromFile(spec, spec.path, size);
  const model = endInLogits(whole.model);
  requireClasses(model, classes, spec);
  const newLayers = layersAfter(model, whole.boundary);
  setTrainable(model, newLayers, spec);
  return { model, boundary: whole.boundary, newLayers };
}

interface Assembled {
  readonly model: tf.LayersModel;
  readonly boundary: tf.layers.Layer | null;
}

function fromLayers({ head }: NetworkSpec, size: Size | null): Assembled {
  if (!head || head.length === 0) {
    throw new UserError('model-missing', '`model` has neither a `path` nor a `head`.', 'Give the path of a model.json, or the list of layers of a network to train from scratch.');
  }
  if (!size) throw new UserError('size-missing', '`data.size` is missing.', 'Without a model file the image size must be given, e.g. `size: 32`.');
  const input = tf.input({ shape: [...size, 3], name: 'image' });
  return { model: tf.model({ inputs: input, outputs: appendLayers(input, head) }), boundary: null };
}

async function fromFile(spec: NetworkSpec, path: string, size: Size | null): Promise<Assembled> {
  const file = await loadModel(path, size);
  if (file.inputs.length !== 1 || file.outputs.length !== 1) {
    throw new UserError('model-ports', `${path}: the model has ${file.inputs.length} inputs and ${file.outputs.length} outputs.`, 'Use a model with one image input and one output.');
  }
  const channels = file.inputs[0]!.shape.at(-1);
  if (file.inputs[0]!.shape.length !== 4 || channels !== 3) {
    throw new UserError('model-input', `${path}: the model is fed shape [${file.inputs[0]!.shape.slice(1).join(', ')}], not colour images.`, 'Use a model whose input is [height, width, 3].');
  }
  const boundary = findBoundary(file, spec, path);
  if (!spec.head) return { model: file, boundary };
  const [output] = [boundary.output].flat();
  return { model: tf.model({ inputs: file.inputs, outputs: appendLayers(output!, spec.head) }), boundary };
}

function findBoundary(file: tf.LayersModel, { boundary, head }: NetworkSpec, path: string): tf.layers.Layer {
  const last = file.layers.at(-1)!;
  if (boundary === null) return last;
  const found = file.layers.find(({ name }) => name === boundary);
  if (!found) {
    throw new UserError('unknown-boundary', `${path}: there is no layer '${boundary}' (model.boundary).`, suggest(boundary, file.layers.map(({ name }) => name)));
  }
  if (!head && found === last) {
    throw new UserError('boundary-is-last', `${path}: '${boundary}' is the last layer, so nothing after it is new.`, 'Name the last pretrained layer in `model.boundary`, or give a `model.head`.');
  }
  return found;
}

function appendLayers(start: tf.SymbolicTensor, specs: readonly LayerSpec[]): tf.SymbolicTensor {
  return specs.reduce((tensor, spec, index) => {
    const where = `model.head[${index}]`;
    const layer = makeLayer(spec, where, `head_${index + 1}`);
    try {
      return layer.apply(tensor) as tf.SymbolicTensor;
    } catch (error) {
      const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
      throw new UserError('head-shape', `${where}: '${spec.layer}' does not fit an input of shape [${tensor.shape.slice(1).join(', ')}]: ${reason}`, 'Change the layer or the one before it.', { cause: error });
    }
  }, start);
}

/** The loss is computed from logits, as Keras does behind a softmax: no logarithm of a rounded probability. */
function endInLogits(model: tf.LayersModel): tf.LayersModel {
  const last = model.outputs[0]!.sourceLayer;
  const activation = activationOf(last);
  if (activation === 'linear') return model;
  if (activation !== 'softmax') {
    throw new UserError('output-activation', `The last layer '${last.name}' ends in '${activation}'.`, 'End a classifier in softmax, or in linear logits.');
  }
  if (['Activation', 'Softmax'].includes(last.getClassName())) {
    return endInLogits(tf.model({ inputs: model.inputs, outputs: last.input }));
  }
  const layerClass = last.constructor as tf.serialization.SerializableConstructor<tf.layers.Layer>;
  const logits = layerClass.fromConfig(layerClass, { ...last.getConfig(), activation: 'linear' });
  const output = logits.apply(last.input) as tf.SymbolicTensor;
  logits.setWeights(last.getWeights());
  return tf.model({ inputs: model.inputs, outputs: output });
}

function activationOf(layer: tf.layers.Layer): string {
  if (layer.getClassName() === 'Softmax') return 'softmax';
  const { activation } = layer.getConfig();
  return typeof activation === 'string' ? activation : 'linear';
}

function requireClasses(model: tf.LayersModel, classes: number, { head }: NetworkSpec): void {
  const shape = model.outputs[0]!.shape.slice(1);
  if (shape.length === 1 && shape[0] === classes) return;
  throw new UserError(
    'output-classes',
    `The network ends in shape [${shape.join(', ')}], but the data have ${classes} classes.`,
    head ? `End \`model.head\` in a dense layer of ${classes} units.` : `Use a model that ends in ${classes} units, or give a \`model.head\`.`,
  );
}

/** Layers that some path from the boundary leads to; all of them where there is no boundary. */
function layersAfter(model: tf.LayersModel, boundary: tf.layers.Layer | null): tf.layers.Layer[] {
  if (!boundary) return model.layers.filter((layer) => layer.getClassName() !== 'InputLayer');
  const fresh = new Set<tf.layers.Layer>();
  for (const layer of model.layers) {
    const sources = layer.inboundNodes.flatMap((node) => node.inboundLayers);
    if (sources.some((source) => source === boundary || fresh.has(source))) fresh.add(layer);
  }
  return model.layers.filter((layer) => fresh.has(layer));
}

function setTrainable(model: tf.LayersModel, newLayers: readonly tf.layers.Layer[], { train, path }: NetworkSpec): void {
  const from = train.startsWith('from:') ? train.slice('from:'.length) : null;
  const start = from === null ? 0 : model.layers.findIndex(({ name }) => name === from);
  if (start < 0) {
    throw new UserError('unknown-layer', `${path ?? 'model'}: there is no layer '${from!}' (model.train).`, suggest(from!, model.layers.map(({ name }) => name)));
  }
  const fresh = new Set(newLayers);
  model.layers.forEach((layer, index) => {
    // Files often arrive with early layers frozen: the config alone decides what trains.
    if (!fresh.has(layer)) setLayerTrainable(layer, train !== 'head' && index >= start);
  });
  if (model.trainableWeights.length === 0) {
    throw new UserError('nothing-trains', 'The network has no trainable parameters.', 'Add a layer with weights to `model.head`, or set `model.train: all`.');
  }
}

/** A nested model's own flag does not reach its layers, which is where BatchNorm looks. */
function setLayerTrainable(layer: tf.layers.Layer, trainable: boolean): void {
  layer.trainable = trainable;
  if (layer instanceof tf.LayersModel) for (const inner of layer.layers) setLayerTrainable(inner, trainable);
}
