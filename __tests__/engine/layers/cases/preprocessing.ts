import * as tf from '../../../../src/engine/tf.ts';
import { categories, fromRegistry, type LayerCase, oneInput } from '../layer-case.ts';

const IMAGE = [5, 7, 2] as const;

export const preprocessing: LayerCase[] = [
  oneInput('Rescaling', 'plain', IMAGE, () => tf.layers.rescaling({ scale: 0.5, offset: -1 })),
  oneInput('Resizing', 'bilinear, larger', IMAGE, () => tf.layers.resizing({ height: 8, width: 9 })),
  oneInput('Resizing', 'bilinear, smaller', IMAGE, () => tf.layers.resizing({ height: 3, width: 4 })),
  oneInput('Resizing', 'nearest, larger', IMAGE, () => tf.layers.resizing({ height: 8, width: 9, interpolation: 'nearest' })),
  oneInput('Resizing', 'nearest, smaller', IMAGE, () => tf.layers.resizing({ height: 3, width: 4, interpolation: 'nearest' })),
  oneInput('CenterCrop', 'smaller', IMAGE, () => tf.layers.centerCrop({ height: 3, width: 3 })),
  oneInput('CenterCrop', 'by one column', IMAGE, () => tf.layers.centerCrop({ height: 5, width: 6 })),
  oneInput('CenterCrop', 'of a smaller image', IMAGE, () => tf.layers.centerCrop({ height: 6, width: 8 })),
  {
    layer: 'RandomWidth',
    variant: 'before an average',
    inputs: [IMAGE],
    apply: (x) => tf.layers.globalAveragePooling2d({}).apply(tf.layers.randomWidth({ factor: 0.4, seed: 3 }).apply(x)) as tf.SymbolicTensor,
  },
  ...(['multiHot', 'oneHot', 'count'] as const).map((outputMode): LayerCase => ({
    layer: 'CategoryEncoding',
    variant: `${outputMode}, before a dense layer`,
    inputs: [outputMode === 'oneHot' ? [1] : [3]],
    draw: categories(4),
    categories: true,
    apply: (x) => tf.layers.dense({ units: 2 }).apply(fromRegistry('CategoryEncoding', { numTokens: 4, outputMode }).apply(x)) as tf.SymbolicTensor,
  })),
];
