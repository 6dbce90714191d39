import * as tf from '../../../../src/engine/tf.ts';
import { fromRegistry, type LayerCase, oneInput } from '../layer-case.ts';

interface Variant {
  readonly name: string;
  readonly strides?: number;
  readonly dilationRate?: number;
  readonly padding: 'same' | 'valid';
}

const PLAIN: readonly Variant[] = (['same', 'valid'] as const).flatMap((padding) => [
  { name: padding, padding },
  { name: `${padding}, stride 2`, padding, strides: 2 },
  { name: `${padding}, stride 3 beyond the kernel`, padding, strides: 3 },
]);

const DILATED: readonly Variant[] = (['same', 'valid'] as const).map((padding) => ({ name: `${padding}, dilated`, padding, dilationRate: 2 }));

type Make = (config: { kernelSize: number; activation: 'tanh'; useBias: boolean } & Omit<Variant, 'name'>) => tf.layers.Layer;

function variants(layer: string, shape: readonly number[], make: Make, all: readonly Variant[]): LayerCase[] {
  return all.map(({ name, ...variant }) => {
    const shifted = layer.startsWith('Conv3D') && variant.padding === 'same' && variant.strides === 3;
    return oneInput(layer, name, shape, () => make({ kernelSize: 2, activation: 'tanh', useBias: true, ...variant }), shifted ? { wrongOnCpu: true } : {});
  });
}

const l1l2 = () => tf.regularizers.l1l2({ l1: 0.02, l2: 0.03 });

export const convolutions: LayerCase[] = [
  ...variants('Conv1D', [7, 2], (config) => tf.layers.conv1d({ filters: 3, ...config }), [...PLAIN, ...DILATED]),
  ...variants('Conv2D', [7, 6, 2], (config) => tf.layers.conv2d({ filters: 3, ...config }), [...PLAIN, ...DILATED]),
  ...variants('DepthwiseConv2D', [7, 6, 2], (config) => tf.layers.depthwiseConv2d({ depthMultiplier: 2, ...config }), [...PLAIN, ...DILATED]),
  ...variants('SeparableConv2D', [7, 6, 2], (config) => tf.layers.separableConv2d({ filters: 3, depthMultiplier: 2, ...config }), [...PLAIN, ...DILATED]),
  ...variants('Conv2DTranspose', [4, 3, 2], (config) => tf.layers.conv2dTranspose({ filters: 3, ...config }), PLAIN),
  ...variants('Conv3D', [5, 4, 6, 2], (config) => tf.layers.conv3d({ filters: 3, ...config }), [...PLAIN, ...DILATED]),
  ...variants('Conv3DTranspose', [3, 2, 3, 2], (config) => tf.layers.conv3dTranspose({ filters: 3, ...config }), PLAIN),

  oneInput('Conv1D', 'causal', [7, 2], () => tf.layers.conv1d({ filters: 3, kernelSize: 3, padding: 'causal', dilationRate: 2 })),
  oneInput('Conv2D', 'without bias, 1 x 1', [4, 4, 3], () => tf.layers.conv2d({ filters: 2, kernelSize: 1, useBias: false })),
  oneInput('Conv2D', 'penalized', [5, 4, 2], () => tf.layers.conv2d({ filters: 3, kernelSize: 3, kernelRegularizer: l1l2(), biasRegularizer: l1l2() })),
  oneInput('DepthwiseConv2D', 'penalized', [5, 4, 2], () => tf.layers.depthwiseConv2d({ kernelSize: 3, depthwiseRegularizer: l1l2() })),
  oneInput('SeparableConv2D', 'penalized, without bias', [5, 4, 2], () =>
    tf.layers.separableConv2d({ filters: 3, kernelSize: 3, useBias: false, depthwiseRegularizer: l1l2(), pointwiseRegularizer: l1l2() }),
  ),

  oneInput('Conv1D', 'channels first', [3, 7], () => tf.layers.conv1d({ filters: 2, kernelSize: 3, dataFormat: 'channelsFirst' })),
  oneInput('Conv2D', 'channels first', [2, 5, 4], () => tf.layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', dataFormat: 'channelsFirst' })),
  oneInput('DepthwiseConv2D', 'channels first', [2, 5, 4], () => tf.layers.depthwiseConv2d({ kernelSize: 3, dataFormat: 'channelsFirst' })),
  // As many filters as rows: a bias on the wrong axis would fit, too.
  oneInput('SeparableConv2D', 'channels first', [2, 3, 3], () => tf.layers.separableConv2d({ filters: 3, kernelSize: 3, padding: 'same', dataFormat: 'channelsFirst' })),
  oneInput('Conv2DTranspose', 'channels first', [2, 3, 4], () => tf.layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, dataFormat: 'channelsFirst' })),
  oneInput('Conv3D', 'channels first', [2, 3, 4, 3], () => tf.layers.conv3d({ filters: 3, kernelSize: 2, dataFormat: 'channelsFirst' })),
  oneInput('Conv3DTranspose', 'channels first', [2, 2, 3, 2], () => tf.layers.conv3dTranspose({ filters: 3, kernelSize: 2, strides: 2, dataFormat: 'channelsFirst' })),

  oneInput('Conv2DTranspose', 'with output padding', [3, 4, 2], () => fromRegistry('Conv2DTranspose', { filters: 3, kernelSize: 3, strides: 2, padding: 'same', outputPadding: 1 })),
  oneInput('Conv3DTranspose', 'with output padding', [2, 2, 3, 2], () => fromRegistry('Conv3DTranspose', { filters: 2, kernelSize: 2, strides: 2, outputPadding: [1, 0, 1] })),

  oneInput('UpSampling2D', 'nearest', [3, 2, 2], () => tf.layers.upSampling2d({ size: [2, 3] })),
  oneInput('UpSampling2D', 'bilinear', [3, 4, 2], () => tf.layers.upSampling2d({ size: [2, 3], interpolation: 'bilinear' })),
  oneInput('UpSampling2D', 'bilinear, channels first', [2, 3, 4], () => tf.layers.upSampling2d({ size: [3, 2], interpolation: 'bilinear', dataFormat: 'channelsFirst' })),
  oneInput('Cropping2D', 'plain', [5, 6, 2], () => tf.layers.cropping2D({ cropping: [[1, 2], [0, 1]] })),
  oneInput('Cropping2D', 'channels first', [2, 5, 6], () => tf.layers.cropping2D({ cropping: [[1, 2], [2, 1]], dataFormat: 'channelsFirst' })),
  oneInput('ZeroPadding2D', 'plain', [3, 4, 2], () => tf.layers.zeroPadding2d({ padding: [[1, 2], [0, 3]] })),
  oneInput('ZeroPadding2D', 'channels first', [2, 3, 4], () => tf.layers.zeroPadding2d({ padding: 1, dataFormat: 'channelsFirst' })),
];
