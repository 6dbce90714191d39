/** Layers as a config writes them, in short. */
import type { LayerSpec } from '../../src/config/settings.ts';

type Options = Readonly<Record<string, unknown>>;

export const dense = (units: number, activation = 'linear', options: Options = {}): LayerSpec => ({ layer: 'dense', units, activation, ...options });
export const conv = (filters: number, activation = 'linear', options: Options = {}): LayerSpec => ({ layer: 'conv-2d', filters, 'kernel-size': 3, padding: 'same', activation, ...options });
export const depthwise = (options: Options = {}): LayerSpec => ({ layer: 'depthwise-conv-2d', 'kernel-size': 3, padding: 'same', ...options });
export const conv1d = (filters: number, activation = 'linear', options: Options = {}): LayerSpec => ({ layer: 'conv-1d', filters, 'kernel-size': 3, padding: 'same', activation, ...options });
export const act = (activation: string): LayerSpec => ({ layer: 'activation', activation });
export const plain = (layer: string, options: Options = {}): LayerSpec => ({ layer, ...options });
/** With a momentum that settles within the hundred updates of a small program. */
export const batchNorm = plain('batch-normalization', { momentum: 0.9 });
export const maxPool = plain('max-pooling-2d');
export const flatten = plain('flatten');
export const globalPool = plain('global-average-pooling-2d');
export const dropout = (rate: number): LayerSpec => ({ layer: 'dropout', rate });
export const he: Options = { 'kernel-initializer': 'he-normal' };
export const heUniform: Options = { 'kernel-initializer': 'he-uniform' };
export const lecun: Options = { 'kernel-initializer': 'lecun-normal' };
export const glorotNormal: Options = { 'kernel-initializer': 'glorot-normal' };

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
