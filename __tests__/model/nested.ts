import * as tf from '../../src/engine/tf.ts';

/** The model that is a layer of another one. */
export function nestedIn(model: tf.LayersModel, name: string): tf.LayersModel {
  const layer = model.getLayer(name);
  if (!(layer instanceof tf.LayersModel)) throw new Error(`Layer ${name} is no model.`);
  return layer;
}
