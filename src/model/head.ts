import type { LayerSpec } from '../config/settings.ts';
import * as tf from '../engine/tf.ts';
import { UserError } from '../errors.ts';
import { tensorsUpTo } from './graph.ts';
import { suggest } from './keras-names.ts';
import { makeLayer } from './layer-spec.ts';
import { reasonOf } from './reason.ts';

/**
 * Puts new layers on a tensor. Each reads the one before it, or the layers that its `inputs` name: earlier ones of the
 * head, or any on the way to where the head begins.
 *
 * @throws UserError where a layer cannot be made, does not fit its inputs, or reads or is read by nothing
 */
export function withHead(input: tf.SymbolicTensor, start: tf.SymbolicTensor, specs: readonly LayerSpec[]): tf.LayersModel {
  const before = new Map(tensorsUpTo(start).map((tensor) => [tensor.sourceLayer.name, tensor]));
  const made: tf.SymbolicTensor[] = [];
  const read = new Set<tf.SymbolicTensor>();
  for (const [index, { inputs: names, ...spec }] of specs.entries()) {
    const where = `model.head[${index}]`;
    const known = new Map([...before, ...made.map((tensor) => [tensor.sourceLayer.name, tensor] as const)]);
    const inputs = names?.map((name) => named(name, known, where)) ?? [made.at(-1) ?? start];
    for (const tensor of inputs) read.add(tensor);
    made.push(appended(inputs, spec, where, `head_${index + 1}`));
  }
  requireDistinctNames([...before.values(), ...made]);
  const idle = made.slice(0, -1).findIndex((tensor) => !read.has(tensor));
  if (idle >= 0) {
    throw new UserError('layer-unread', `model.head[${idle}]: no layer reads '${made[idle]!.sourceLayer.name}'.`, 'Name it in the `inputs` of a later layer, or remove it.');
  }
  return tf.model({ inputs: input, outputs: made.at(-1)! });
}

function named(name: string, known: ReadonlyMap<string, tf.SymbolicTensor>, where: string): tf.SymbolicTensor {
  const tensor = known.get(name);
  if (tensor) return tensor;
  throw new UserError('unknown-input', `${where}: there is no layer '${name}' before it to read (inputs).`, suggest(name, [...known.keys()]));
}

function appended(inputs: readonly tf.SymbolicTensor[], spec: LayerSpec, where: string, name: string): tf.SymbolicTensor {
  const layer = makeLayer(spec, where, name);
  const shapes = inputs.map(({ shape }) => `[${shape.slice(1).join(', ')}]`).join(' and ');
  const misfit = (reason: string, cause?: unknown) =>
    new UserError('head-shape', `${where}: '${spec.layer}' does not fit an input of shape ${shapes}: ${reason}`, 'Change the layer or the one before it.', { cause });
  let output: tf.SymbolicTensor;
  try {
    output = layer.apply(inputs.length === 1 ? inputs[0]! : [...inputs]) as tf.SymbolicTensor;
  } catch (error) {
    throw misfit(reasonOf(error), error);
  }
  if (output.shape.some((side) => side !== null && side <= 0)) throw misfit('nothing is left of it.');
  return output;
}

function requireDistinctNames(tensors: readonly tf.SymbolicTensor[]): void {
  const names = [...new Set(tensors.map(({ sourceLayer }) => sourceLayer))].map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) {
    throw new UserError('layer-name', `model.head: two layers of the network are called '${twice}'.`, 'Give the layer in `model.head` another `name`.');
  }
}
