import * as tf from '../engine/tf.ts';

export type LayerCall = tf.layers.Layer['call'];

/**
 * The layers of a model that compute, each with its path of names through nested models; a nested model is its layers.
 * A layer that stands in several places has the path of the first.
 */
export function layerPaths(model: tf.LayersModel): ReadonlyMap<tf.layers.Layer, string> {
  const paths = new Map<tf.layers.Layer, string>();
  const walk = ({ layers }: tf.LayersModel, prefix: string) => {
    for (const layer of layers) {
      if (layer instanceof tf.LayersModel) walk(layer, `${prefix}${layer.name}/`);
      else if (layer.getClassName() !== 'InputLayer' && !paths.has(layer)) paths.set(layer, `${prefix}${layer.name}`);
    }
  };
  walk(model, '');
  return paths;
}

/**
 * Puts something around the calls of one layer, whoever makes them.
 *
 * @param around makes the call that takes the place of the given one
 * @returns a function that makes the layer as it was
 */
export function intercept(layer: tf.layers.Layer, around: (call: LayerCall) => LayerCall): () => void {
  const own = Object.getOwnPropertyDescriptor(layer, 'call');
  layer.call = around(layer.call.bind(layer));
  return () => {
    if (own) Object.defineProperty(layer, 'call', own);
    else Reflect.deleteProperty(layer, 'call');
  };
}
