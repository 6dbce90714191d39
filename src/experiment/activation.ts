import type * as tf from '../engine/tf.ts';

/** An activation as the field names it, with its slope or limit where it has one. */
export interface Activation {
  readonly name: string;
  readonly alpha?: number;
}

/** The activation that a layer applies itself; null for a layer without one. */
export function ownActivation(layer: tf.layers.Layer): Activation | null {
  const config = layer.getConfig();
  switch (layer.getClassName()) {
    case 'ReLU':
      return rectifier(config.maxValue);
    case 'LeakyReLU':
      return { name: 'leaky-relu', alpha: Number(config.alpha) };
    case 'PReLU':
      return { name: 'prelu' };
    case 'ELU':
      return { name: 'elu', alpha: Number(config.alpha) };
    case 'Softmax':
      return { name: 'softmax' };
    case 'ThresholdedReLU':
      return { name: 'thresholded-relu' };
    default:
      return typeof config.activation === 'string' ? { name: kebab(config.activation) } : null;
  }
}

/** Whether a layer is an activation and nothing else. */
export function isActivationLayer(layer: tf.layers.Layer): boolean {
  return ['Activation', 'ReLU', 'LeakyReLU', 'PReLU', 'ELU', 'Softmax', 'ThresholdedReLU'].includes(layer.getClassName());
}

function rectifier(limit: unknown): Activation {
  if (limit === null || limit === undefined) return { name: 'relu' };
  return { name: limit === 6 ? 'relu6' : 'clipped-relu' };
}

function kebab(name: string): string {
  return name.replaceAll('_', '-').replaceAll(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
}
