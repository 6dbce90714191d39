import * as tf from '../tf.ts';

/** Of an operation. */
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** The parts of tfjs-node's backend that are used. */
export interface NodeBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: Readonly<Record<'TF_ATTR_TYPE' | 'TF_ATTR_INT' | 'TF_ATTR_FLOAT' | 'TF_ATTR_BOOL' | 'TF_ATTR_STRING' | 'TF_FLOAT', number>> & { readonly TF_Version: string };
  executeSingleOutput(name: string, attributes: readonly Attribute[], inputs: readonly tf.Tensor[]): tf.Tensor;
  executeMultipleOutputs(name: string, attributes: readonly Attribute[], inputs: readonly tf.Tensor[], outputs: number): tf.Tensor[];
}

export function isNative(): boolean {
  return tf.getBackend() === 'tensorflow';
}

let areOffered = false;

/** To be called once our own operations (kernels/native) are registered with libtensorflow. */
export function offerOperations(): void {
  areOffered = true;
}

/** Whether it computes with them; else what they compute has to be composed, or copied out. */
export function hasOperations(): boolean {
  return areOffered && isNative();
}

export function nodeBackend(): NodeBackend {
  return tf.engine().backend as unknown as NodeBackend;
}

function floats({ binding }: NodeBackend): Attribute {
  return { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT };
}

/** dy where the rectifier lets it through: one operation where core's gradient is three. */
export function rectifierGradient(name: 'ReluGrad' | 'Relu6Grad', dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const backend = nodeBackend();
  return backend.executeSingleOutput(name, [floats(backend)], [dy, x]);
}

/** Training-mode batch normalization by an operation of our own. @returns variances of the population */
export function batchNorm(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, epsilon: number): [y: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor] {
  const backend = nodeBackend();
  return backend.executeMultipleOutputs('LayerVitalsBatchNorm', [epsilonOf(backend, epsilon)], [x, scale, offset], 3) as [tf.Tensor, tf.Tensor, tf.Tensor];
}

/** Its gradient by x, scale and offset. */
export function batchNormGradient(dy: tf.Tensor, x: tf.Tensor, scale: tf.Tensor, [mean, variance]: readonly tf.Tensor[], epsilon: number): [x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor] {
  const backend = nodeBackend();
  return backend.executeMultipleOutputs('LayerVitalsBatchNormGrad', [epsilonOf(backend, epsilon)], [dy, x, scale, mean!, variance!], 3) as [tf.Tensor, tf.Tensor, tf.Tensor];
}

function epsilonOf({ binding }: NodeBackend, value: number): Attribute {
  return { name: 'epsilon', type: binding.TF_ATTR_FLOAT, value };
}

/** What training-mode batch normalization puts out, and what its gradient needs again. */
export interface FusedBatchNorm {
  readonly y: tf.Tensor;
  readonly mean: tf.Tensor;
  /** Of the sample, with Bessel's correction. */
  readonly sampleVariance: tf.Tensor;
  readonly reserved: readonly [tf.Tensor, tf.Tensor, tf.Tensor];
}

/** TensorFlow's FusedBatchNormV3 in training. @param x [n, height, width, channels] */
export function fusedBatchNorm(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, epsilon: number): FusedBatchNorm {
  const backend = nodeBackend();
  const empty = nothing();
  const [y, mean, sampleVariance, ...reserved] = backend.executeMultipleOutputs('FusedBatchNormV3', batchNormAttributes(backend, epsilon), [x, scale, offset, empty, empty], 6) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  return { y, mean, sampleVariance, reserved };
}

/** No values: what an operation is given for an input that it does without. */
export function nothing(): tf.Tensor {
  empty ??= tf.keep(tf.tensor1d([], 'float32'));
  return empty;
}

let empty: tf.Tensor | undefined;

/** Its gradient by x, scale and offset. */
export function fusedBatchNormGradient(dy: tf.Tensor, x: tf.Tensor, scale: tf.Tensor, reserved: readonly tf.Tensor[], epsilon: number): [x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor] {
  const backend = nodeBackend();
  const [dx, dScale, dOffset] = backend.executeMultipleOutputs('FusedBatchNormGradV3', batchNormAttributes(backend, epsilon), [dy, x, scale, ...reserved], 5);
  return [dx!, dScale!, dOffset!];
}

function batchNormAttributes(backend: NodeBackend, epsilon: number): Attribute[] {
  const { binding } = backend;
  return [
    floats(backend),
    { name: 'U', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    epsilonOf(backend, epsilon),
    { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
    { name: 'is_training', type: binding.TF_ATTR_BOOL, value: true },
  ];
}
