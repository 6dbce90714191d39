import * as tf from '../../../../src/engine/tf.ts';
import { fromRegistry, type LayerCase, oneInput, spaced } from '../layer-case.ts';

interface Pooling {
  readonly poolSize: number;
  readonly strides: number;
  readonly padding: 'same' | 'valid';
}

const VARIANTS: readonly [string, Pooling][] = (['same', 'valid'] as const).flatMap((padding) => [
  [padding, { poolSize: 2, strides: 2, padding }] as const,
  [`${padding}, overlapping`, { poolSize: 3, strides: 2, padding }] as const,
  [`${padding}, with gaps`, { poolSize: 1, strides: 2, padding }] as const,
]);

function variants(layer: string, shape: readonly number[], make: (config: Pooling) => tf.layers.Layer): LayerCase[] {
  return VARIANTS.map(([name, config]) => {
    const shifted = layer.endsWith('3D') && name === 'same, with gaps';
    return oneInput(layer, name, shape, () => make(config), { draw: spaced, ...(shifted ? { wrongOnCpu: true } : {}) });
  });
}

export const pooling: LayerCase[] = [
  ...variants('MaxPooling1D', [5, 2], (config) => tf.layers.maxPooling1d(config)),
  ...variants('MaxPooling2D', [5, 6, 2], (config) => tf.layers.maxPooling2d(config)),
  ...variants('MaxPooling3D', [5, 4, 3, 2], (config) => tf.layers.maxPooling3d({ ...config, dataFormat: 'channelsLast' })),
  ...variants('AveragePooling1D', [5, 2], (config) => tf.layers.averagePooling1d(config)),
  ...variants('AveragePooling2D', [5, 6, 2], (config) => tf.layers.averagePooling2d(config)),
  ...variants('AveragePooling3D', [5, 4, 3, 2], (config) => tf.layers.averagePooling3d({ ...config, dataFormat: 'channelsLast' })),
  oneInput('MaxPooling2D', 'channels first', [2, 5, 4], () => tf.layers.maxPooling2d({ poolSize: 2, dataFormat: 'channelsFirst' }), { draw: spaced }),
  oneInput('AveragePooling2D', 'channels first', [2, 5, 4], () => tf.layers.averagePooling2d({ poolSize: 3, padding: 'same', dataFormat: 'channelsFirst' })),
  oneInput('MaxPooling3D', 'channels first', [2, 3, 4, 3], () => tf.layers.maxPooling3d({ poolSize: 2, dataFormat: 'channelsFirst' }), { draw: spaced }),
  oneInput('AveragePooling3D', 'channels first', [2, 3, 4, 3], () => tf.layers.averagePooling3d({ poolSize: 2, padding: 'same', dataFormat: 'channelsFirst' })),
  oneInput('GlobalAveragePooling1D', 'plain', [4, 3], () => tf.layers.globalAveragePooling1d()),
  oneInput('GlobalMaxPooling1D', 'plain', [4, 3], () => tf.layers.globalMaxPooling1d(), { draw: spaced }),
  oneInput('GlobalAveragePooling2D', 'plain', [4, 3, 2], () => tf.layers.globalAveragePooling2d({})),
  oneInput('GlobalAveragePooling2D', 'channels first', [2, 4, 3], () => tf.layers.globalAveragePooling2d({ dataFormat: 'channelsFirst' })),
  oneInput('GlobalMaxPooling2D', 'plain', [4, 3, 2], () => tf.layers.globalMaxPooling2d({}), { draw: spaced }),
  oneInput('GlobalMaxPooling2D', 'channels first', [2, 4, 3], () => tf.layers.globalMaxPooling2d({ dataFormat: 'channelsFirst' }), { draw: spaced }),
  ...['GlobalAveragePooling1D', 'GlobalMaxPooling1D'].map((name) => oneInput(name, 'with axes kept', [4, 3], () => fromRegistry(name, { keepdims: true }), { draw: spaced })),
  ...['GlobalAveragePooling2D', 'GlobalMaxPooling2D'].flatMap((name) =>
    ['channelsFirst', 'channelsLast'].map((dataFormat) => oneInput(name, `with axes kept, ${dataFormat}`, [4, 3, 2], () => fromRegistry(name, { keepdims: true, dataFormat }), { draw: spaced })),
  ),
];
