import * as tf from '../../../../src/engine/tf.ts';
import { clearOf, fromRegistry, type LayerCase, oneInput } from '../layer-case.ts';

/** Every activation function that a layer can be given, and where it has kinks. */
const FUNCTIONS: Readonly<Record<string, readonly number[]>> = {
  elu: [0],
  selu: [0],
  relu: [0],
  relu6: [0, 6],
  linear: [],
  sigmoid: [],
  hardSigmoid: [-2.5, 2.5],
  softplus: [],
  softsign: [0],
  tanh: [],
  softmax: [],
  logSoftmax: [],
  gelu: [],
  gelu_new: [],
  mish: [],
  swish: [],
};

export const ACTIVATION_FUNCTIONS = Object.keys(FUNCTIONS);

export const activations: LayerCase[] = [
  ...Object.entries(FUNCTIONS).flatMap(([name, kinks]) => [
    oneInput('Activation', name, [2, 5], () => tf.layers.activation({ activation: name as 'relu' }), { draw: clearOf(...kinks) }),
    oneInput('Dense', `with ${name} inside`, [4], () => tf.layers.dense({ units: 3, activation: name as 'relu' }), kinks.length > 0 ? { kinked: true } : {}),
  ]),
  oneInput('ReLU', 'plain', [3, 4], () => tf.layers.reLU(), { draw: clearOf(0) }),
  oneInput('ReLU', 'with a maximum', [3, 4], () => tf.layers.reLU({ maxValue: 1 }), { draw: clearOf(0, 1) }),
  oneInput('LeakyReLU', 'plain', [3, 4], () => tf.layers.leakyReLU({ alpha: 0.2 }), { draw: clearOf(0) }),
  oneInput('PReLU', 'a slope for each unit', [3, 4], () => tf.layers.prelu(), { draw: clearOf(0) }),
  oneInput('PReLU', 'a slope for each channel', [3, 2, 4], () => tf.layers.prelu({ sharedAxes: [1, 2] }), { draw: clearOf(0) }),
  oneInput('PReLU', 'a slope for each place', [3, 2, 4], () => tf.layers.prelu({ sharedAxes: [3] }), { draw: clearOf(0) }),
  oneInput('PReLU', 'a slope for each row', [3, 2, 4], () => tf.layers.prelu({ sharedAxes: [2, 3] }), { draw: clearOf(0) }),
  oneInput('ELU', 'plain', [3, 4], () => tf.layers.elu(), { draw: clearOf(0) }),
  oneInput('ELU', 'scaled', [3, 4], () => fromRegistry('ELU', { alpha: 0.4 }), { draw: clearOf(0) }),
  oneInput('ThresholdedReLU', 'plain', [3, 4], () => tf.layers.thresholdedReLU({ theta: 0.5 }), { draw: clearOf(0.5) }),
  oneInput('ReLU', 'bent', [3, 4], () => fromRegistry('ReLU', { negativeSlope: 0.3, threshold: 0.5, maxValue: 1.5 }), { draw: clearOf(0.5, 1.5) }),
  oneInput('Softmax', 'over the last axis', [3, 4], () => tf.layers.softmax({ axis: -1 })),
  oneInput('Softmax', 'over the steps', [3, 4], () => tf.layers.softmax({ axis: 1 })),
  oneInput('Softmax', 'over two axes', [3, 4], () => tf.layers.softmax({ axis: [1, 2] })),
];
