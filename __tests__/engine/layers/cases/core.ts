import * as tf from '../../../../src/engine/tf.ts';
import { categories, clearOf, type LayerCase, oneInput, withGaps } from '../layer-case.ts';

const l1l2 = () => tf.regularizers.l1l2({ l1: 0.02, l2: 0.03 });
const embedding = (more: object = {}) => tf.layers.embedding({ inputDim: 5, outputDim: 3, ...more });
const words = { draw: categories(5), categories: true } as const;

export const core: LayerCase[] = [
  oneInput('InputLayer', 'before everything', [4], () => tf.layers.dense({ units: 2 })),
  oneInput('Dense', 'plain', [4], () => tf.layers.dense({ units: 3 })),
  oneInput('Dense', 'on every step', [2, 3, 4], () => tf.layers.dense({ units: 3 })),
  oneInput('Dense', 'without bias', [4], () => tf.layers.dense({ units: 3, useBias: false })),
  oneInput('Dense', 'penalized', [4], () => tf.layers.dense({ units: 3, kernelRegularizer: l1l2(), biasRegularizer: l1l2() })),
  oneInput('Dense', 'constrained', [4], () => tf.layers.dense({ units: 3, kernelConstraint: tf.constraints.maxNorm({ maxValue: 1, axis: 0 }) })),
  oneInput('Dropout', 'plain', [3, 4], () => tf.layers.dropout({ rate: 0.4 })),
  oneInput('Dropout', 'the same for every step', [3, 4], () => tf.layers.dropout({ rate: 0.4, noiseShape: [null as never, 1, 4] })),
  oneInput('SpatialDropout1D', 'plain', [3, 4], () => tf.layers.spatialDropout1d({ rate: 0.4 })),
  oneInput('GaussianNoise', 'plain', [3, 4], () => tf.layers.gaussianNoise({ stddev: 0.5 })),
  oneInput('GaussianDropout', 'plain', [3, 4], () => tf.layers.gaussianDropout({ rate: 0.4 })),
  oneInput('AlphaDropout', 'plain', [3, 4], () => tf.layers.alphaDropout({ rate: 0.4 })),
  oneInput('Flatten', 'plain', [2, 3, 2], () => tf.layers.flatten()),
  oneInput('Flatten', 'channels first', [2, 3, 2], () => tf.layers.flatten({ dataFormat: 'channelsFirst' })),
  oneInput('RepeatVector', 'plain', [4], () => tf.layers.repeatVector({ n: 3 })),
  oneInput('Reshape', 'plain', [2, 6], () => tf.layers.reshape({ targetShape: [3, 4] })),
  oneInput('Reshape', 'with one side left open', [2, 6], () => tf.layers.reshape({ targetShape: [3, -1] })),
  oneInput('Permute', 'plain', [2, 3, 4], () => tf.layers.permute({ dims: [3, 1, 2] })),
  oneInput('Masking', 'of steps', [4, 2], () => tf.layers.masking(), { draw: withGaps }),
  oneInput('Embedding', 'plain', [4], () => embedding(), words),
  oneInput('Embedding', 'penalized, of known length', [4], () => embedding({ inputLength: 4, embeddingsRegularizer: l1l2() }), words),
  oneInput('Embedding', 'of several axes', [2, 3], () => embedding({ inputLength: [2, 3] }), words),
  { layer: 'Embedding', variant: 'masking, before a recurrent layer', inputs: [[4]], ...words, apply: (x) => tf.layers.lstm({ units: 2 }).apply(embedding({ maskZero: true }).apply(x)) as tf.SymbolicTensor },
  { layer: 'Embedding', variant: 'masking, before an average', inputs: [[4]], ...words, apply: (x) => tf.layers.globalAveragePooling1d().apply(embedding({ maskZero: true }).apply(x)) as tf.SymbolicTensor },
  { layer: 'Embedding', variant: 'masking, before a layer that knows no masks', inputs: [[4]], ...words, apply: (x) => tf.layers.flatten().apply(embedding({ maskZero: true }).apply(x)) as tf.SymbolicTensor },
  ...[() => tf.layers.leakyReLU(), () => tf.layers.elu(), () => tf.layers.thresholdedReLU({ theta: 0.4 }), () => tf.layers.prelu(), () => tf.layers.layerNormalization()].map((make): LayerCase => ({
    layer: 'Masking',
    variant: `through ${make().getClassName()}`,
    inputs: [[4, 3]],
    draw: (shape, seed) => clearOf(0, 0.4)(shape, seed).map((value, i) => (withGaps(shape, seed)[i] === 0 ? 0 : value)),
    apply: (x) => tf.layers.gru({ units: 2, recurrentActivation: 'sigmoid' }).apply(make().apply(tf.layers.masking().apply(x))) as tf.SymbolicTensor,
  })),
];
