import type { UserPath } from '../config/config.ts';
import type { LayerSpec } from '../config/settings.ts';
import { type BatchNormMode, setBatchNormMode } from '../engine/batch-norm.ts';
import * as tf from '../engine/tf.ts';
import { UserError } from '../errors.ts';
import { layersBetween, layersBeyond, tensorsUpTo } from './graph.ts';
import { withHead } from './head.ts';
import { suggest } from './keras-names.ts';
import { loadModel } from './load.ts';
import { endInLogits } from './logits.ts';
import type { Size } from './topology.ts';

/** What the config says of the model. */
export interface NetworkSpec {
  /** The model.json; null builds the network from `head` alone. */
  readonly path: UserPath | null;
  readonly boundary: string | null;
  /** Layers put on the boundary; null where the file holds the head. */
  readonly head: readonly LayerSpec[] | null;
  /** `head`, `all` or `from:<layer>`. */
  readonly train: string;
  /** By which statistics BatchNorm of the pretrained layers normalizes in training; absent: by the batch's where it trains. */
  readonly batchNorm?: BatchNormMode | undefined;
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
 * @param outputShape what its task has it put out for an image: [classes], or [height, width, classes]
 * @throws UserError when file, boundary, head or `train` do not fit together
 */
export async function buildNetwork(spec: NetworkSpec, size: Size | null, outputShape: readonly number[]): Promise<Network> {
  const whole = spec.path === null ? fromLayers(spec, size) : await fromFile(spec, spec.path, size);
  const model = endInLogits(whole.model);
  requireOutput(model, outputShape, spec);
  // In a file, what does not read the boundary was there before; of a head, all is new, and what reads an earlier layer as well.
  const find = spec.head ? layersBeyond : layersBetween;
  const found = find(whole.boundary ?? model.inputs[0]!, model.outputs[0]!);
  const newLayers = model.layers.filter((layer) => found.has(layer));
  setTrainable(model, newLayers, spec);
  if (spec.batchNorm) for (const layer of model.layers) if (!newLayers.includes(layer)) setBatchNormMode(layer, spec.batchNorm);
  return { model, boundary: whole.boundary?.sourceLayer ?? null, newLayers };
}

interface Assembled {
  readonly model: tf.LayersModel;
  /** Output of the last pretrained layer. */
  readonly boundary: tf.SymbolicTensor | null;
}

function fromLayers({ head }: NetworkSpec, size: Size | null): Assembled {
  if (!head || head.length === 0) {
    throw new UserError('model-missing', '`model` has neither a `path` nor a `head`.', 'Give the path of a model.json, or the list of layers of a network to train from scratch.');
  }
  if (!size) throw new UserError('size-missing', '`data.size` is missing.', 'Without a model file the image size must be given, e.g. `size: 32`.');
  const input = tf.input({ shape: [...size, 3], name: 'image' });
  return { model: withHead(input, input, head), boundary: null };
}

async function fromFile(spec: NetworkSpec, path: UserPath, size: Size | null): Promise<Assembled> {
  const file = await loadImageModel(path, size);
  const boundary = findBoundary(file, spec, path.written);
  return { model: spec.head ? withHead(file.inputs[0]!, boundary, spec.head) : file, boundary };
}

/**
 * A model file as a graph of one image input and one output.
 *
 * @param size height and width that it is fed; null takes the file's
 * @throws UserError where it cannot be read, or takes anything else than one image
 */
export async function loadImageModel(path: UserPath, size: Size | null): Promise<tf.LayersModel> {
  const file = asGraph(await loadModel(path, size));
  requireOneImage(file, path.written);
  return file;
}

/** A Sequential model as a graph of its layers: tfjs connects one that begins with a nested model past that model. */
function asGraph(file: tf.LayersModel): tf.LayersModel {
  if (!(file instanceof tf.Sequential)) return file;
  const [given] = file.inputs;
  const input = tf.input({ batchShape: given!.shape, dtype: given!.dtype, name: given!.sourceLayer.name });
  const layers = file.layers.filter((layer) => layer.getClassName() !== 'InputLayer');
  const output = layers.reduce((tensor, layer) => layer.apply(tensor) as tf.SymbolicTensor, input);
  return tf.model({ inputs: input, outputs: output, name: file.name });
}

function requireOneImage({ inputs, outputs }: tf.LayersModel, path: string): void {
  if (inputs.length !== 1 || outputs.length !== 1) {
    throw new UserError('model-ports', `${path}: the model has ${counted(inputs.length, 'input')} and ${counted(outputs.length, 'output')}.`, 'Use a model with one image input and one output.');
  }
  const shape = inputs[0]!.shape.slice(1);
  if (shape.length !== 3 || shape[2] !== 3) {
    throw new UserError('model-input', `${path}: the model is fed shape [${shape.map((side) => side ?? 'any').join(', ')}], not colour images.`, 'Use a model whose input is [height, width, 3].');
  }
}

function findBoundary(file: tf.LayersModel, { boundary, head }: NetworkSpec, path: string): tf.SymbolicTensor {
  const output = file.outputs[0]!;
  if (boundary === null) return output;
  const tensors = tensorsUpTo(output);
  // A layer that is called several times is pretrained up to its last call.
  const found = tensors.findLast(({ sourceLayer }) => sourceLayer.name === boundary);
  if (!found) {
    throw new UserError('unknown-boundary', `${path}: there is no layer '${boundary}' (model.boundary).`, suggest(boundary, file.layers.map(({ name }) => name)));
  }
  if (!head && found === output) {
    throw new UserError('boundary-is-last', `${path}: '${boundary}' is the last layer, so nothing after it is new.`, 'Name the last pretrained layer in `model.boundary`, or give a `model.head`.');
  }
  return found;
}

function requireOutput(model: tf.LayersModel, wanted: readonly number[], { head }: NetworkSpec): void {
  const shape = model.outputs[0]!.shape.slice(1);
  if (String(shape) === String(wanted)) return;
  const classes = wanted.at(-1)!;
  if (wanted.length > 1) throw wrongMap(shape, wanted, head !== null);
  throw new UserError(
    'output-classes',
    `The network ends in shape [${shape.join(', ')}], but the data have ${classes} classes.`,
    head ? `End \`model.head\` in a dense layer of ${classes} units.` : `Use a model that ends in ${classes} units, or give a \`model.head\`.`,
  );
}

function wrongMap(shape: readonly (number | null)[], [height, width, classes]: readonly number[], hasHead: boolean): UserError {
  const isMap = shape.length === 3 && shape[2] === classes;
  const end = isMap ? `a layer that scales it up: { layer: resizing, height: ${height!}, width: ${width!} }` : `a convolution of ${classes!} filters, as large as the image`;
  return new UserError(
    'output-size',
    `The network ends in shape [${shape.map((side) => side ?? 'any').join(', ')}], but each of ${height!} x ${width!} pixels is to be told one of ${classes!} classes.`,
    hasHead ? `End \`model.head\` in ${end}.` : `Use a model that ends in [${height!}, ${width!}, ${classes!}], or give a \`model.head\`.`,
  );
}

/** Files often arrive with layers frozen: the config alone decides what trains. */
function setTrainable(model: tf.LayersModel, newLayers: readonly tf.layers.Layer[], { train, head, path }: NetworkSpec): void {
  const start = train.startsWith('from:') ? indexOfLayer(model, train.slice('from:'.length), path?.written ?? 'model') : 0;
  const fresh = new Set(newLayers);
  model.layers.forEach((layer, index) => {
    if (!fresh.has(layer)) setLayerTrainable(layer, train !== 'head' && index >= start);
    else if (!head) setLayerTrainable(layer, true);
  });
  if (model.trainableWeights.length === 0) {
    throw new UserError('nothing-trains', 'The network has no trainable parameters.', 'Add a layer with weights to `model.head`, or set `model.train: all`.');
  }
}

function indexOfLayer({ layers }: tf.LayersModel, wanted: string, place: string): number {
  const index = layers.findIndex(({ name }) => name === wanted);
  if (index >= 0) return index;
  throw new UserError('unknown-layer', `${place}: there is no layer '${wanted}' (model.train).`, suggest(wanted, layers.map(({ name }) => name)));
}

/** A nested model's own flag does not reach its layers, which is where BatchNorm looks. */
function setLayerTrainable(layer: tf.layers.Layer, trainable: boolean): void {
  layer.trainable = trainable;
  if (layer instanceof tf.LayersModel) for (const inner of layer.layers) setLayerTrainable(inner, trainable);
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
