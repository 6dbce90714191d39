import * as tf from '../engine/tf.ts';

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
  readonly output: tf.Tensor;
}

export interface Observer {
  /** Called once for each call, in the order of execution. */
  observe(call: Call): void;
  /** Called in the backward pass with the gradient of the loss by the call's output. */
  observeGradient?(path: string, index: number, gradient: tf.Tensor): void;
}

interface WithActivation {
  activation: { apply(tensor: tf.Tensor): tf.Tensor; getClassName(): string } | null;
}

/**
 * Watches every layer of a model, nested ones too, while `run` runs; the layers are as before afterwards.
 * A fused activation is taken apart for the pass, so that the pre-activation can be seen.
 *
 * Recurrent layers and wrappers are seen from outside: one call, its input and its output.
 */
export function watch<T>(model: tf.LayersModel, observer: Observer, run: () => T): T {
  const probes = [...leafLayers(model, '')].map(([path, layer]) => attach(layer, path, observer));
  try {
    return run();
  } finally {
    for (const detach of probes) detach();
  }
}

/** Layers that compute, with their paths; a nested model is its layers. */
function* leafLayers(model: tf.LayersModel, prefix: string): Generator<[string, tf.layers.Layer]> {
  for (const layer of model.layers) {
    if (layer instanceof tf.LayersModel) yield* leafLayers(layer, `${prefix}${layer.name}/`);
    else if (layer.getClassName() !== 'InputLayer') yield [`${prefix}${layer.name}`, layer];
  }
}

function attach(layer: tf.layers.Layer, path: string, observer: Observer): () => void {
  const ownCall = Object.getOwnPropertyDescriptor(layer, 'call');
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with `layer` as this, below
  const { call } = layer;
  let calls = 0;
  let preActivation: tf.Tensor | null = null;
  const restoreActivation = watchActivation(layer, (z) => {
    // The layer frees it before its call returns.
    preActivation = tf.keep(z.clone());
  });

  layer.call = (inputs, kwargs) => {
    preActivation = null;
    const index = calls++;
    const xs = [inputs].flat();
    const [first, ...others] = [call.call(layer, inputs, kwargs)].flat();
    // A layer that hands its input through gets an output of its own, so that tensors tell sites apart.
    const y = xs.includes(first!) ? first!.clone() : first!;
    const z = preActivation as tf.Tensor | null;
    observer.observe({ layer, path, index, inputs: xs, preActivation: z ?? y, output: y });
    z?.dispose();
    const seen = observer.observeGradient ? withGradient(y, (dy) => observer.observeGradient?.(path, index, dy)) : y;
    return others.length === 0 ? seen : [seen, ...others];
  };

  return () => {
    restoreActivation();
    if (ownCall) Object.defineProperty(layer, 'call', ownCall);
    else delete (layer as Partial<tf.layers.Layer>).call;
  };
}

function watchActivation(layer: tf.layers.Layer, see: (z: tf.Tensor) => void): () => void {
  const holder = layer as unknown as Partial<WithActivation>;
  const { activation } = holder;
  if (!activation || typeof activation.apply !== 'function' || layer instanceof tf.RNN) return () => undefined;
  holder.activation = {
    apply: (z) => {
      see(z);
      return activation.apply(z);
    },
    // No kernel fuses an activation of this name.
    getClassName: () => 'watched',
  };
  return () => {
    holder.activation = activation;
  };
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
