import { layerClass } from '../../../../src/engine/layers/classes.ts';
import * as tf from '../../../../src/engine/tf.ts';
import { type LayerCase, madeOf } from '../layer-case.ts';

function branches(className?: string): tf.LayersModel {
  const [left, right] = [tf.input({ shape: [3] }), tf.input({ shape: [2] })];
  const sum = tf.layers.concatenate().apply([left, right]) as tf.SymbolicTensor;
  const outputs = [2, 3].map((units) => tf.layers.dense({ units, activation: 'tanh' }).apply(sum) as tf.SymbolicTensor);
  const model = tf.model({ inputs: [left, right], outputs });
  return className ? madeOf(layerClass<tf.LayersModel>(className), model.getConfig()) : model;
}

const stack = () =>
  tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [5, 5, 2], filters: 3, kernelSize: 3, padding: 'same', useBias: false }),
      tf.layers.batchNormalization(),
      tf.layers.activation({ activation: 'tanh' }),
      tf.layers.averagePooling2d({ poolSize: 2, padding: 'same' }),
    ],
  });

export const models: LayerCase[] = [
  { layer: 'Sequential', variant: 'nested', inputs: [[5, 5, 2]], apply: (x) => stack().apply(x) as tf.SymbolicTensor },
  {
    layer: 'Sequential',
    variant: 'nested twice, called twice',
    inputs: [[5, 5, 2], [5, 5, 2]],
    apply: (a, b) => {
      const nested = tf.sequential({ layers: [stack(), tf.layers.flatten()] });
      return [nested.apply(a), nested.apply(b)] as tf.SymbolicTensor[];
    },
  },
  { layer: 'Model', variant: 'nested, of several inputs and outputs', inputs: [[3], [2]], apply: (a, b) => branches().apply([a, b]) as tf.SymbolicTensor[] },
  { layer: 'Functional', variant: 'as newer files call a model', inputs: [[3], [2]], apply: (a, b) => branches('Functional').apply([a, b]) as tf.SymbolicTensor[] },
  {
    layer: 'Dense',
    variant: 'shared by two inputs',
    inputs: [[4], [4]],
    apply: (a, b) => {
      const shared = tf.layers.dense({ units: 3, activation: 'tanh' });
      return tf.layers.multiply().apply([a, b].map((x) => shared.apply(x) as tf.SymbolicTensor)) as tf.SymbolicTensor;
    },
  },
  {
    layer: 'Dense',
    variant: 'called on its own output',
    inputs: [[4]],
    apply: (x) => {
      const shared = tf.layers.dense({ units: 4, activation: 'tanh' });
      return shared.apply(shared.apply(x)) as tf.SymbolicTensor;
    },
  },
];
