import * as tf from './tf.ts';

/** What tfjs-layers keeps in a Conv2D or DepthwiseConv2D. */
interface Convolution extends tf.layers.Layer {
  readonly strides: [number, number];
  readonly padding: 'same' | 'valid';
  readonly dilationRate: [number, number];
  readonly dataFormat: 'channelsFirst' | 'channelsLast';
  readonly activation: { getClassName(): string } | null;
  readonly kernel?: tf.LayerVariable;
  readonly depthwiseKernel?: tf.LayerVariable;
  readonly bias: tf.LayerVariable | null;
}

/** What it keeps in a BatchNormalization. */
interface BatchNormalization extends tf.layers.Layer {
  /** Keras saves a list of one. */
  readonly axis: number | [number];
  readonly epsilon: number;
  readonly gamma?: tf.LayerVariable;
  readonly beta?: tf.LayerVariable;
  readonly movingMean: tf.LayerVariable;
  readonly movingVariance: tf.LayerVariable;
}

type Activation = 'linear' | 'relu' | 'relu6';

/** Layers that one fused operation replaces. */
interface Chain {
  readonly convolution: Convolution;
  readonly normalization: BatchNormalization;
  readonly rectifier: tf.layers.Layer | null;
  readonly activation: Activation;
}

/**
 * Makes inference faster: each BatchNormalization goes into the weights of the linear convolution before it, and a
 * ReLU or ReLU6 right after it into the same operation, wherever nothing else sees what lies between. What the model
 * computes stays the same up to rounding; what its inner layers return does not, and it must not train meanwhile.
 * Works on the layers, so every model that shares them is affected. Nested models are included.
 *
 * @returns a function that makes all layers as they were and frees the folded weights
 */
export function foldBatchNorm(model: tf.LayersModel): () => void {
  const restores = chainsOf(model).map(fold);
  return () => {
    for (const restore of restores.splice(0)) restore();
  };
}

function chainsOf(model: tf.LayersModel): Chain[] {
  const next = soleSuccessors(model);
  return model.layers.flatMap((layer) => {
    if (layer instanceof tf.LayersModel) return chainsOf(layer);
    const following = next.get(layer);
    if (!following || !isLinearConvolution(layer) || !isLastAxisNormalization(following)) return [];
    const rectifier = next.get(following);
    const activation = rectifier ? rectification(rectifier) : null;
    return [
      activation && rectifier
        ? { convolution: layer, normalization: following, rectifier, activation }
        : { convolution: layer, normalization: following, rectifier: null, activation: 'linear' as const },
    ];
  });
}

/** For each layer that the model calls once and whose output only one call sees: the layer of that call, if alike. */
function soleSuccessors(model: tf.LayersModel): Map<tf.layers.Layer, tf.layers.Layer> {
  const calls = new Map<tf.layers.Layer, tf.SymbolicTensor[]>();
  const consumers = new Map<tf.SymbolicTensor, tf.layers.Layer[]>();
  const open = [...model.outputs];
  const seen = new Set(open);
  for (let tensor = open.pop(); tensor; tensor = open.pop()) {
    if (model.inputs.includes(tensor)) continue;
    const { sourceLayer } = tensor;
    calls.set(sourceLayer, [...(calls.get(sourceLayer) ?? []), tensor]);
    for (const input of tensor.inputs) {
      consumers.set(input, [...(consumers.get(input) ?? []), sourceLayer]);
      if (!seen.has(input)) open.push(input);
      seen.add(input);
    }
  }
  const successors = new Map<tf.layers.Layer, tf.layers.Layer>();
  for (const [layer, [output, ...others]] of calls) {
    const [consumer, ...rivals] = consumers.get(output!) ?? [];
    if (others.length > 0 || rivals.length > 0 || model.outputs.includes(output!) || !consumer) continue;
    if (calls.get(consumer)?.length === 1) successors.set(layer, consumer);
  }
  return successors;
}

function isLinearConvolution(layer: tf.layers.Layer): layer is Convolution {
  const name = layer.getClassName();
  if (name !== 'Conv2D' && name !== 'DepthwiseConv2D') return false;
  const { activation, dataFormat } = layer as Convolution;
  return dataFormat === 'channelsLast' && (activation === null || activation.getClassName() === 'linear');
}

function isLastAxisNormalization(layer: tf.layers.Layer): layer is BatchNormalization {
  if (layer.getClassName() !== 'BatchNormalization') return false;
  const [axis] = [(layer as BatchNormalization).axis].flat();
  return axis === -1 || axis === 3;
}

function rectification(layer: tf.layers.Layer): Activation | null {
  if (layer.getClassName() === 'ReLU') {
    const { maxValue } = layer as { maxValue?: number | null };
    if (maxValue === undefined || maxValue === null) return 'relu';
    return maxValue === 6 ? 'relu6' : null;
  }
  if (layer.getClassName() !== 'Activation') return null;
  const name = (layer as unknown as { activation: { getClassName(): string } }).activation.getClassName();
  return name === 'relu' || name === 'relu6' ? name : null;
}

function fold({ convolution, normalization, rectifier, activation }: Chain): () => void {
  const { filter, bias } = foldedWeights(convolution, normalization);
  const { strides, padding: pad, dilationRate: dilations } = convolution;
  const restores = [
    replaceCall(convolution, (x) => {
      const options = { x: x as tf.Tensor4D, filter, bias, strides, pad, dilations, activation };
      return convolution.depthwiseKernel ? tf.fused.depthwiseConv2d(options) : tf.fused.conv2d(options);
    }),
    replaceCall(normalization, (x) => x),
    ...(rectifier ? [replaceCall(rectifier, (x) => x)] : []),
  ];
  return () => {
    for (const restore of restores) restore();
    tf.dispose([filter, bias]);
  };
}

/**
 * With k = gamma / sqrt(variance + epsilon): filter * k by output channel, and beta + (bias - mean) * k
 * (Jacob et al. 2018, arXiv:1712.05877, section 3.2). In double precision, then rounded once.
 */
function foldedWeights(convolution: Convolution, normalization: BatchNormalization): { filter: tf.Tensor4D; bias: tf.Tensor1D } {
  const kernel = (convolution.depthwiseKernel ?? convolution.kernel!).read() as tf.Tensor4D;
  const [mean, variance] = [normalization.movingMean.read().dataSync(), normalization.movingVariance.read().dataSync()];
  const [gamma, beta, bias] = [normalization.gamma, normalization.beta, convolution.bias].map((weight) => (weight?.read() as tf.Tensor | null | undefined)?.dataSync());
  const factor = Float64Array.from(variance, (v, o) => (gamma?.[o] ?? 1) / Math.sqrt(v + normalization.epsilon));
  // The last axis of a convolution, the last two of a depthwise one, count output channels: the same order in memory.
  const filter = kernel.dataSync<'float32'>().map((weight, i) => weight * factor[i % factor.length]!);
  const shift = Float32Array.from(mean, (m, o) => (beta?.[o] ?? 0) + ((bias?.[o] ?? 0) - m) * factor[o]!);
  return { filter: tf.tensor4d(filter, kernel.shape), bias: tf.tensor1d(shift) };
}

/** Replaces what a layer computes from its one input; the returned function undoes it. */
function replaceCall(layer: tf.layers.Layer, compute: (x: tf.Tensor) => tf.Tensor): () => void {
  const own = Object.getOwnPropertyDescriptor(layer, 'call');
  layer.call = (inputs) => tf.tidy(() => compute([inputs].flat()[0]!));
  return () => {
    if (own) Object.defineProperty(layer, 'call', own);
    else Reflect.deleteProperty(layer, 'call');
  };
}
