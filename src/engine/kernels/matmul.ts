import * as tf from '../tf.ts';
import { setKernel, stockKernel } from './registry.ts';

interface Factors {
  a: tf.Tensor;
  b: tf.Tensor;
}

type Transposes = Pick<tf.BatchMatMulAttrs, 'transposeA' | 'transposeB'>;

type FusedInputs = Factors & { bias?: tf.Tensor; preluActivationWeights?: tf.Tensor };

/**
 * Matrix products on wasm. Only the product of two single matrices, neither transposed, runs at full speed there
 * (XNNPACK); all else falls into a plain loop, and that is every backward pass of a dense layer.
 * - A transposed factor of a single product is transposed first, or the other one and the result if that is less work.
 * - A fused product (bias, activation) that would fall into the loop is taken apart: the loop adds the bias, and
 *   applies the activation, once for every 48 elements of the inner dimension.
 */
export function installMatMul(): void {
  const stock = stockKernel<Factors, Transposes>(tf.BatchMatMul, 'wasm');
  setKernel(tf.BatchMatMul, 'wasm', (inputs: Factors, attrs: Transposes) =>
    isFast(inputs, attrs) || !isSingle(inputs) ? stock(inputs, attrs) : transposedFirst(inputs, attrs),
  );

  const stockFused = stockKernel<FusedInputs, tf._FusedMatMulAttrs>(tf._FusedMatMul, 'wasm');
  setKernel(tf._FusedMatMul, 'wasm', (inputs: FusedInputs, attrs: tf._FusedMatMulAttrs) =>
    isFast(inputs, attrs) ? stockFused(inputs, attrs) : takenApart(inputs, attrs),
  );
}

function isFast(inputs: Factors, { transposeA, transposeB }: Transposes): boolean {
  return isSingle(inputs) && !transposeA && !transposeB;
}

function isSingle({ a, b }: Factors): boolean {
  return [a, b].every(({ shape }) => shape.slice(0, -2).every((size) => size === 1));
}

function transposedFirst({ a, b }: Factors, { transposeA, transposeB }: Transposes): tf.Tensor {
  return tf.tidy(() => {
    // transpose(a) b = transpose(transpose(b) a): gradients of weights have a tall a and often a narrower b.
    if (transposeA && !transposeB && b.size < a.size) return transposed(tf.matMul(transposed(b), a));
    return tf.matMul(transposeA ? transposed(a) : a, transposeB ? transposed(b) : b);
  });
}

/** The last two axes exchanged. */
function transposed(tensor: tf.Tensor): tf.Tensor {
  const axes = [...tensor.shape.keys()];
  return tf.transpose(tensor, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]);
}

function takenApart(
  { a, b, bias, preluActivationWeights }: FusedInputs,
  { transposeA, transposeB, activation, leakyreluAlpha }: tf._FusedMatMulAttrs,
): tf.Tensor {
  return tf.tidy(() => {
    const product = tf.matMul(a, b, transposeA, transposeB);
    const sum = bias ? tf.add(product, bias) : product;
    return tf.backend_util.applyActivation(sum, activation, preluActivationWeights, leakyreluAlpha);
  });
}
