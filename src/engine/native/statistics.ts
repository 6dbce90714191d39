import type * as tf from '../tf.ts';
import { type Attribute, nodeBackend, nothing } from './operations.ts';

/** What kernels/native/moments.cc writes down; as that of kernels/assembly/moments.ts. */
export interface Sums {
  /** Mean, variance, variance across examples, smallest, largest, zeros, at the low rail, at the high one. */
  readonly figures: Float64Array;
  /** How many values have which exponent bits, of one example in eight. */
  readonly exponents: Uint32Array;
}

const FIGURES = 8;

/** @param tensor [examples, ...] */
export function nativeMoments(tensor: tf.Tensor, low: number, high: number): Sums {
  const { TF_ATTR_FLOAT: type } = nodeBackend().binding;
  const result = run('LayerVitalsMoments', [{ name: 'low', type, value: low }, { name: 'high', type, value: high }], [tensor]);
  return { figures: new Float64Array(result, 0, FIGURES), exponents: new Uint32Array(result, FIGURES * Float64Array.BYTES_PER_ELEMENT) };
}

/** Mean and population variance of tensor - offset. @param offset one value for each of the last axis */
export function nativeSpread(tensor: tf.Tensor, offset: tf.Tensor | null): Float64Array {
  return new Float64Array(run('LayerVitalsSpread', [], [tensor, offset ?? nothing()]));
}

/** How many of the last axis are zero everywhere. */
export function nativeZeroColumns(tensor: tf.Tensor): number {
  return new Int32Array(run('LayerVitalsZeroColumns', [], [tensor]))[0]!;
}

/** Results cross as integers: TensorFlow.js reads no doubles. */
function run(name: string, attributes: readonly Attribute[], inputs: readonly tf.Tensor[]): ArrayBuffer {
  const output = nodeBackend().executeSingleOutput(name, attributes, inputs);
  const values = output.dataSync<'int32'>() as Int32Array<ArrayBuffer>;
  output.dispose();
  return values.buffer;
}
