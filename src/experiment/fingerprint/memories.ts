import * as tf from '../../engine/tf.ts';
import type { ChannelMoments } from '../../stats/remembered-input.ts';
import { watch } from '../probes.ts';

/** A BatchNormalization that no other comes before. */
export interface Memory {
  /** Path of layer names through nested models. */
  readonly path: string;
  readonly remembered: ChannelMoments;
}

interface BatchNormalization extends tf.layers.Layer {
  readonly movingMean: tf.LayerVariable;
  readonly movingVariance: tf.LayerVariable;
  readonly axis: number | readonly [number];
}

/** Ends a pass when everything of interest was seen. */
class Seen extends Error {}

/**
 * The first BatchNormalization on each way through the network: what reaches it is the nearest to the input that a
 * network remembers. One that was never trained (mean 0, variance 1) remembers nothing, and does not count.
 *
 * @param model of one image input with three channels
 */
export function firstMemories(model: tf.LayersModel): Memory[] {
  const behind = new Set<number>();
  const found = new Map<string, Memory>();
  passBlank(model, ({ layer, path, inputs, output }) => {
    const isBehind = inputs.some(({ id }) => behind.has(id));
    const isMemory = isBatchNormalization(layer);
    if (isBehind || isMemory) behind.add(output.id);
    if (!isMemory || isBehind || found.has(path) || !normalizesLastAxis(layer, inputs[0]!)) return;
    const remembered = rememberedBy(layer);
    if (remembered) found.set(path, { path, remembered });
  });
  return [...found.values()];
}

/**
 * What reaches the named layers when a batch passes. The pass ends at the last of them.
 *
 * @param see is handed each layer's input, which lives until it returns
 */
export function passTo(model: tf.LayersModel, paths: readonly string[], batch: tf.Tensor, see: (path: string, input: tf.Tensor) => void): void {
  const missing = new Set(paths);
  const observe = ({ path, inputs }: { path: string; inputs: readonly tf.Tensor[] }) => {
    if (!missing.delete(path)) return;
    see(path, inputs[0]!);
    if (missing.size === 0) throw new Seen();
  };
  try {
    watch(model, { observe }, () => model.apply(batch, { training: false }));
  } catch (error) {
    if (!(error instanceof Seen)) throw error;
  }
}

function passBlank(model: tf.LayersModel, observe: Parameters<typeof watch>[1]['observe']): void {
  tf.tidy(() => {
    const blank = tf.zeros([1, ...model.inputs[0]!.shape.slice(1).map((side) => side ?? 64)]);
    watch(model, { observe }, () => model.apply(blank, { training: false }));
  });
}

function isBatchNormalization(layer: tf.layers.Layer): layer is BatchNormalization {
  return layer.getClassName() === 'BatchNormalization';
}

function normalizesLastAxis({ axis }: BatchNormalization, { rank }: tf.Tensor): boolean {
  const [only] = [axis].flat();
  return rank === 4 && (only === -1 || only === 3);
}

function rememberedBy({ movingMean, movingVariance }: BatchNormalization): ChannelMoments | null {
  const mean = movingMean.read().dataSync();
  const variance = movingVariance.read().dataSync();
  const isFresh = mean.every((value) => value === 0) && variance.every((value) => value === 1);
  return isFresh ? null : { mean: Float64Array.from(mean), variance: Float64Array.from(variance) };
}
