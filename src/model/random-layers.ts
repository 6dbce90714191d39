import * as tf from '../engine/tf.ts';

const RANDOM: ReadonlySet<string> = new Set(['Dropout', 'SpatialDropout1D', 'GaussianDropout', 'GaussianNoise', 'AlphaDropout', 'RandomWidth']);

/** Whether a layer draws from chance when it is called in training mode; for a nested or wrapped layer, whether one inside does. */
export function isRandom(layer: tf.layers.Layer): boolean {
  if (layer instanceof tf.LayersModel) return layer.layers.some(isRandom);
  if ('layer' in layer && layer.layer instanceof tf.layers.Layer) return isRandom(layer.layer);
  // Recurrent layers drop inputs and states themselves.
  const { dropout, recurrentDropout } = layer.getConfig();
  return RANDOM.has(layer.getClassName()) || isRate(dropout) || isRate(recurrentDropout);
}

function isRate(value: unknown): boolean {
  return typeof value === 'number' && value > 0;
}
