import * as tf from '../../../../src/engine/tf.ts';
import { type LayerCase, oneInput } from '../layer-case.ts';

/** Statistics of fewer examples bend too much for differences. */
const batch = 8;

const SHAPES = { 'of vectors': [3], 'of sequences': [4, 3], 'of images': [3, 2, 3], 'of volumes': [2, 3, 2, 3] };

export const normalizations: LayerCase[] = [
  ...Object.entries(SHAPES).flatMap(([name, shape]) => [
    oneInput('BatchNormalization', name, shape, () => tf.layers.batchNormalization(), { batch }),
    oneInput('BatchNormalization', `${name}, frozen`, shape, () => tf.layers.batchNormalization({ trainable: false })),
    oneInput('LayerNormalization', name, shape, () => tf.layers.layerNormalization()),
  ]),
  ...[{ scale: false }, { center: false }, { scale: false, center: false }].flatMap((without) => [
    oneInput('BatchNormalization', JSON.stringify(without), [3, 2, 4], () => tf.layers.batchNormalization(without)),
    oneInput('BatchNormalization', `${JSON.stringify(without)}, frozen`, [3, 2, 4], () => tf.layers.batchNormalization({ ...without, trainable: false })),
    oneInput('LayerNormalization', JSON.stringify(without), [3, 4], () => tf.layers.layerNormalization(without)),
  ]),
  oneInput('BatchNormalization', 'channels first', [3, 4, 2], () => tf.layers.batchNormalization({ axis: 1 }), { wrongOnCpu: true }),
  oneInput('BatchNormalization', 'channels first, without scale', [3, 4, 2], () => tf.layers.batchNormalization({ axis: 1, scale: false }), { wrongOnCpu: true }),
  oneInput('BatchNormalization', 'of volumes, channels first', [3, 2, 2, 2], () => tf.layers.batchNormalization({ axis: 1 }), { wrongOnCpu: true }),
  oneInput('BatchNormalization', 'penalized', [3], () => tf.layers.batchNormalization({ gammaRegularizer: tf.regularizers.l2({ l2: 0.1 }), betaRegularizer: tf.regularizers.l1({ l1: 0.1 }) }), { batch }),
  oneInput('LayerNormalization', 'over two axes', [3, 4, 2], () => tf.layers.layerNormalization({ axis: [2, 3] })),
  oneInput('LayerNormalization', 'over an axis in the middle', [3, 4], () => tf.layers.layerNormalization({ axis: 1 })),
];
