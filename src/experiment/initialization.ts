import type { Initializer } from '../evidence/remedy.ts';
import { randomOf, withSeed } from '../engine/seeding.ts';
import * as tf from '../engine/tf.ts';
import { configOf } from '../model/layer-spec.ts';

/** Initializers that replace a layer's own, by the layer's path. */
export type InitializerOverrides = Readonly<Record<string, { readonly kernel?: Initializer | undefined; readonly bias?: Initializer | undefined }>>;

type LayerClass = tf.serialization.SerializableConstructor<tf.layers.Layer>;

/**
 * Draws the weights of every new layer for one seed. Each layer draws from a generator of its own,
 * named by the layer, so that adding a layer redraws no other.
 */
export function initialize(newLayers: readonly tf.layers.Layer[], seed: number, overrides: InitializerOverrides = {}): void {
  for (const layer of newLayers) initializeLayer(layer, layer.name, seed, overrides);
}

function initializeLayer(layer: tf.layers.Layer, path: string, seed: number, overrides: InitializerOverrides): void {
  if (layer instanceof tf.LayersModel) {
    for (const inner of layer.layers) initializeLayer(inner, `${path}/${inner.name}`, seed, overrides);
    return;
  }
  if (layer.weights.length === 0) return;
  tf.tidy(() => {
    const fresh = withSeed(seed, `initialization/${path}`, () => build(layer, overrides[path]));
    layer.setWeights(fresh.getWeights());
    // Variables outlive a tidy.
    for (const weight of fresh.weights) weight.dispose();
  });
}

/** A twin of the layer with weights drawn anew. */
function build(layer: tf.layers.Layer, { kernel, bias }: InitializerOverrides[string] = {}): tf.layers.Layer {
  const layerClass = layer.constructor as LayerClass;
  const option = 'depthwiseKernel' in layer ? 'depthwiseInitializer' : 'kernelInitializer';
  const others = { ...(kernel === undefined ? {} : { [option]: kernel }), ...(bias === undefined ? {} : { biasInitializer: bias }) };
  const twin = layerClass.fromConfig(layerClass, { ...configOf(layer), ...others });
  const shapes = layer.inboundNodes[0]!.inputShapes as tf.Shape[];
  twin.build(shapes.length === 1 ? shapes[0]! : shapes);
  return twin;
}

/**
 * Normal values of zero mean, the redraw that a layer's own weights are held against.
 *
 * @returns `count` values of standard deviation `std`, by the polar form of Box and Muller (Marsaglia and Bray, 1964)
 */
export function normalValues(count: number, std: number, seed: number, role: string): Float32Array {
  const random = randomOf(seed, role);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    let u: number;
    let v: number;
    let square: number;
    do {
      u = 2 * random() - 1;
      v = 2 * random() - 1;
      square = u * u + v * v;
    } while (square >= 1 || square === 0);
    const scale = std * Math.sqrt((-2 * Math.log(square)) / square);
    values[i] = u * scale;
    if (i + 1 < count) values[i + 1] = v * scale;
  }
  return values;
}
