import * as tf from './tf.ts';

/** What an optimizer may change. tfjs-layers keeps a `Variable` behind each weight, and says so in no type. */
export function trainableVariables(model: tf.LayersModel): tf.Variable[] {
  return model.trainableWeights.map(variableOf);
}

/** All that a model remembers. */
export function weightsOf(model: tf.LayersModel): tf.Variable[] {
  return model.weights.map(variableOf);
}

function variableOf(weight: tf.LayerVariable): tf.Variable {
  const variable = weight.read();
  if (!(variable instanceof tf.Variable)) throw new Error(`Weight ${weight.name} is no variable.`);
  return variable as tf.Variable;
}
