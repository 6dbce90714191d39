import * as tf from '../engine/tf.ts';
import { type Activation, ownActivation } from './activation.ts';
import { intercept, layerPaths } from './layer-calls.ts';

/** What a probe sees of one call of one layer. Tensors live only until `observe` returns. */
export interface Call {
  readonly layer: tf.layers.Layer;
  /** Path of layer names through nested models. */
  readonly path: string;
  /** 0 for the first call of this layer in a pass. */
  readonly index: number;
  readonly inputs: readonly tf.Tensor[];
  /** Before the layer's own activation; the output itself where it has none. */
  readonly preActivation: tf.Tensor;
  readonly activation: Activation | null;
  readonly output: tf.Tensor;
}

export interface Observer {
  /** Called once for each call, in the order of execution. */
  observe(call: Call): void;
  /** Called in the backward pass with the gradient of the loss by the call's output. */
  observeGradient?(path: string, index: number, gradient: tf.Tensor): void;
}

/** What tfjs-layers keeps in a layer that applies an activation itself. */
interface Activated {
  activation: { apply(tensor: tf.Tensor): tf.Tensor; getClassName(): string };
}

/**
 * Watches every layer of a model, nested ones too, while `run` runs; the layers are as before afterwards.
 * A fused activation is taken apart for the pass, so that the pre-activation can be seen.
 *
 * Recurrent layers and wrappers are seen from outside: one call, its input and its output.
 */
export function watch<T>(model: tf.LayersModel, observer: Observer, run: () => T): T {
  const probes = [...layerPaths(model)].map(([layer, path]) => attach(layer, path, observer));
  try {
    return run();
  } finally {
    for (const detach of probes) detach();
  }
}

function attach(layer: tf.layers.Layer, path: string, observer: Observer): () => void {
  let calls = 0;
  let preActivation: tf.Tensor | null = null;
  const activation = ownActivation(layer);
  const restoreActivation = watchActivation(layer, (z) => {
    // The layer frees it before its call returns.
    preActivation = tf.keep(z.clone());
  });
  const restoreCall = intercept(layer, (call) => (inputs, kwargs) => {
    const index = calls++;
    const xs = [inputs].flat();
    const [first, ...others] = [call(inputs, kwargs)].flat();
    // A layer that hands its input through gets an output of its own, so that tensors tell sites apart.
    const y = xs.includes(first!) ? first!.clone() : first!;
    const z = preActivation;
    preActivation = null;
    observer.observe({ layer, path, index, inputs: xs, preActivation: z ?? y, activation, output: y });
    z?.dispose();
    const seen = observer.observeGradient ? withGradient(y, (dy) => observer.observeGradient?.(path, index, dy)) : y;
    return others.length === 0 ? seen : [seen, ...others];
  });
  return () => {
    restoreCall();
    restoreActivation();
  };
}

function watchActivation(layer: tf.layers.Layer, see: (z: tf.Tensor) => void): () => void {
  if (!appliesActivation(layer)) return () => undefined;
  const { activation } = layer;
  layer.activation = {
    apply: (z) => {
      see(z);
      return activation.apply(z);
    },
    // No kernel fuses an activation of this name.
    getClassName: () => 'watched',
  };
  return () => {
    layer.activation = activation;
  };
}

/** Recurrent layers leave theirs to a cell. */
function appliesActivation(layer: tf.layers.Layer): layer is tf.layers.Layer & Activated {
  return 'activation' in layer && layer.activation !== null && !(layer instanceof tf.RNN);
}

/** The identity, with a look at the gradient that flows back through it. */
function withGradient(y: tf.Tensor, see: (gradient: tf.Tensor) => void): tf.Tensor {
  return tf.customGrad((x) => ({
    value: (x as tf.Tensor).clone(),
    gradFunc: (dy: tf.Tensor) => {
      see(dy);
      return dy.clone();
    },
  }))(y);
}
