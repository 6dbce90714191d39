import * as tf from '../../engine/tf.ts';

/**
 * Lets a model's first layers be passed images of any size: those that see a window each do not mind, whatever size the
 * model was saved for. Only passes that end before a layer which does (a dense one) are possible then.
 */
export function takeAnySize(model: tf.LayersModel): void {
  for (const input of model.inputs) if (input.shape.length === 4) widen(input);
  for (const layer of model.layers) if (layer instanceof tf.LayersModel) takeAnySize(layer);
}

function widen(input: { shape: tf.SymbolicTensor['shape'] }): void {
  input.shape = [null, null, null, input.shape[3]!];
}
