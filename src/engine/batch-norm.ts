import type { BatchNormMode } from '../evidence/types.ts';
import { normalizeBatch } from './batch-statistics.ts';
import { normalizeBatchNatively } from './native/batch-statistics.ts';
import { isNative } from './native/operations.ts';
import * as tf from './tf.ts';

/** What tfjs-layers keeps in a BatchNormalization; `gamma` is missing without scale, `beta` without center. */
interface BatchNormalization extends tf.layers.Layer {
  gamma?: { read(): tf.Tensor | null };
  beta?: { read(): tf.Tensor | null };
  readonly scale: boolean;
  readonly center: boolean;
  /** Keras saves a list of one. */
  readonly axis: number | [number];
  readonly epsilon: number;
  readonly momentum: number;
  readonly movingMean: tf.LayerVariable;
  readonly movingVariance: tf.LayerVariable;
}

export type { BatchNormMode };

/** Layers whose mode is set, whether they are frozen or not. */
const modes = new WeakMap<tf.layers.Layer, BatchNormMode>();

/** Layers that are mended already, with the models and wrappers around them. */
const mended = new WeakMap<tf.layers.Layer, Set<tf.layers.Layer>>();

/**
 * Makes every BatchNormalization behave as in Keras: one that is frozen, itself or by a model around it, runs in
 * inference mode and leaves its moving statistics alone, whatever the mode of the call; and one without scale or
 * center trains. In tfjs-layers 4.22 only the call decides, and a missing scale or center fails.
 *
 * Whether a layer is frozen is asked at each call, so that `trainable` may change later. Nested models and wrapped
 * layers are included. To call again, or for two models that share layers, is harmless.
 */
export function runFrozenBatchNormInInference(model: tf.LayersModel): void {
  mendInside(model, [model]);
}

/**
 * Sets the mode of a BatchNormalization, or of those inside a layer, in training, frozen or not: with `training` a frozen
 * one normalizes by its batch and moves its statistics, as where only `requires_grad` is switched off (PyTorch); with
 * `inference` one that trains learns scale and offset about the statistics that it remembers (`training=False` in Keras).
 */
export function setBatchNormMode(layer: tf.layers.Layer, mode: BatchNormMode): void {
  if (layer instanceof tf.LayersModel) for (const inner of layer.layers) setBatchNormMode(inner, mode);
  else if (layer.getClassName() === 'BatchNormalization') modes.set(layer, mode);
  else if ('layer' in layer && layer.layer instanceof tf.layers.Layer) setBatchNormMode(layer.layer, mode);
}

/**
 * Name of a layer that normalizes by its batch in training mode, as every BatchNormalization does that is not frozen;
 * null where there is none. The gradient of such a network is no sum over parts of a batch.
 */
export function batchDependentLayer(model: tf.LayersModel): string | null {
  return batchDependent(model, false);
}

/** {@link batchDependentLayer} of one layer. */
export function batchDependent(layer: tf.layers.Layer, isInsideFrozen = false): string | null {
  const isFrozen = isInsideFrozen || !layer.trainable;
  if (layer instanceof tf.LayersModel) {
    for (const inner of layer.layers) {
      const found = batchDependent(inner, isFrozen);
      if (found !== null) return found;
    }
    return null;
  }
  if (layer.getClassName() === 'BatchNormalization') return (modes.get(layer) ?? (isFrozen ? 'inference' : 'training')) === 'training' ? layer.name : null;
  return 'layer' in layer && layer.layer instanceof tf.layers.Layer ? batchDependent(layer.layer, isFrozen) : null;
}

function mendInside(model: tf.LayersModel, around: readonly tf.layers.Layer[]): void {
  for (const layer of model.layers) mend(layer, around);
}

function mend(layer: tf.layers.Layer, around: readonly tf.layers.Layer[]): void {
  if (layer instanceof tf.LayersModel) {
    mendInside(layer, [...around, layer]);
  } else if (layer.getClassName() === 'BatchNormalization') {
    mendLayer(layer as BatchNormalization, around);
  } else if ('layer' in layer && layer.layer instanceof tf.layers.Layer) {
    mend(layer.layer, [...around, layer]);
  }
}

function mendLayer(layer: BatchNormalization, around: readonly tf.layers.Layer[]): void {
  const known = mended.get(layer);
  if (known) {
    for (const container of around) known.add(container);
    return;
  }
  const containers = new Set(around);
  mended.set(layer, containers);
  // Training reads both without asking whether they exist; null stands for none.
  if (!layer.scale) layer.gamma = { read: () => null };
  if (!layer.center) layer.beta = { read: () => null };

  const remembers = () => {
    const mode = modes.get(layer);
    return mode ? mode === 'inference' : !layer.trainable || [...containers].some(({ trainable }) => !trainable);
  };
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with `layer` as this, below
  const { call } = layer;
  layer.call = (inputs, kwargs) => {
    if (kwargs.training !== true) return call.call(layer, inputs, kwargs);
    if (remembers()) return call.call(layer, inputs, { ...kwargs, training: false });
    const x = [inputs].flat()[0]!;
    return isLastAxis(layer, x) && (tf.getBackend() === 'wasm' || isNative()) ? train(layer, x) : call.call(layer, inputs, kwargs);
  };
}

function isLastAxis({ axis }: BatchNormalization, { rank }: tf.Tensor): boolean {
  const [only] = [axis].flat();
  return only === -1 || only === rank - 1;
}

/** Normalizes by the batch's own statistics and moves the remembered ones towards them. */
function train({ gamma, beta, epsilon, momentum, movingMean, movingVariance }: BatchNormalization, x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const [normalize, moved] = isNative() ? [normalizeBatchNatively, movedInPlainLoop] : [normalizeBatch, movedByOperations];
    const { y, mean, variance } = normalize(x, gamma?.read() ?? null, beta?.read() ?? null, epsilon);
    for (const [moving, value] of [[movingMean, mean], [movingVariance, variance]] as const) moving.write(moved(moving.read(), value, 1 - momentum));
    return y;
  });
}

function movedByOperations(old: tf.Tensor, value: tf.Tensor, share: number): tf.Tensor {
  return tf.sub(old, tf.mul(tf.sub(old, value), share));
}

/** Where an operation takes longer than a loop over a few hundred channels. */
function movedInPlainLoop(old: tf.Tensor, value: tf.Tensor, share: number): tf.Tensor {
  const values = value.dataSync<'float32'>();
  return tf.tensor1d(old.dataSync<'float32'>().map((before, channel) => before - (before - values[channel]!) * share));
}
