/** A training program as plain data, so that a fault is a change of data and a label can be keyed by content. */
import { createHash } from 'node:crypto';
import type { PresetName, Scaling } from '../../src/config/presets.ts';
import type { LayerSpec } from '../../src/config/settings.ts';
import type { OptimizerName } from '../../src/engine/update-rule.ts';
import * as tf from '../../src/engine/tf.ts';
import { makeLayer } from '../../src/model/layer-spec.ts';
import { endInLogits } from '../../src/model/logits.ts';
import type { Network } from '../../src/model/network.ts';
import type { DataSet } from './data-set.ts';

/** A layer in the words of the config, or layers with a shortcut around them. */
export type Block = LayerSpec | { readonly around: readonly LayerSpec[] };

export interface Program {
  /** `data set/architecture`. */
  readonly base: string;
  readonly data: string;
  /** Put on EfficientNet-Lite0's trunk, or on the input. */
  readonly pretrained: boolean;
  /** Down to the output layer. */
  readonly blocks: readonly Block[];
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** What is done to the values of the data set before they are fed: a preset for pictures, one mean and std for all else. */
  readonly input: Input;
  /** Share of the training labels that are drawn at random. */
  readonly labelNoise: number;
  /** What is wrong with the data; null where nothing is. */
  readonly defect: Defect | null;
}

export type Input = PresetName | Scaling | { readonly shift: number; readonly scale: number };

/** `constant`: every example is the first; `zeros`: nothing was read. */
export type Defect = 'constant' | 'zeros';

/** SHA-256 of what decides how a program behaves. */
export function contentKey(program: Program, data: DataSet): string {
  return createHash('sha256').update(JSON.stringify([{ ...program, base: null }, data.digest])).digest('hex').slice(0, 20);
}

export function isAround(block: Block): block is { readonly around: readonly LayerSpec[] } {
  return 'around' in block;
}

/** The layers of all blocks. */
export function layersOf({ blocks }: Pick<Program, 'blocks'>): readonly LayerSpec[] {
  return blocks.flatMap((block) => (isAround(block) ? block.around : [block]));
}

/**
 * The network of a program that has no trunk.
 *
 * @throws UserError where the product refuses it
 */
export function networkOf({ blocks }: Program, { shape }: DataSet): Network {
  const input = tf.input({ shape: [...shape], name: 'input' });
  let count = 0;
  const append = (tensor: tf.SymbolicTensor, spec: LayerSpec) => makeLayer(spec, `layer ${count}`, `${spec.layer}_${++count}`).apply(tensor) as tf.SymbolicTensor;
  const output = blocks.reduce<tf.SymbolicTensor>((tensor, block) => {
    if (!isAround(block)) return append(tensor, block);
    const inner = block.around.reduce(append, tensor);
    return tf.layers.add({ name: `add_${count}` }).apply([tensor, inner]) as tf.SymbolicTensor;
  }, input);
  const model = endInLogits(tf.model({ inputs: input, outputs: output }));
  return { model, boundary: null, newLayers: model.layers.filter((layer) => layer.getClassName() !== 'InputLayer') };
}
