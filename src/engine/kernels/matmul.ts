import { addressOf, outputOf } from '../simd/module.ts';
import * as tf from '../tf.ts';
import { activated, type Clamp, type FusedActivation, UNCLAMPED } from './activation.ts';
import { type Matrix, multiply, multiplyTransposed } from './products.ts';
import { setKernel } from './registry.ts';

interface Factors {
  a: tf.Tensor;
  b: tf.Tensor;
}

type Transposes = Pick<tf.BatchMatMulAttrs, 'transposeA' | 'transposeB'>;

type FusedInputs = Factors & { bias?: tf.Tensor | undefined; preluActivationWeights?: tf.Tensor | undefined };

const FLOAT = 4;

/**
 * Matrix products, transposed and in batches. On stock wasm only the product of two single matrices, neither
 * transposed, runs at full speed; all else is a plain loop, which is every backward pass of a dense layer, and which
 * adds a fused bias once for every 48 elements of the inner dimension.
 */
export function installMatMul(): void {
  setKernel(tf.BatchMatMul, 'wasm', ({ a, b }: Factors, attrs: Transposes) => product(a, b, undefined, attrs, UNCLAMPED));
  setKernel(tf._FusedMatMul, 'wasm', ({ a, b, bias, preluActivationWeights }: FusedInputs, attrs: Transposes & FusedActivation) => {
    const fused = { ...attrs, preluActivationWeights };
    return attrs.transposeA || (bias && !isRow(bias, b.shape.at(attrs.transposeB ? -2 : -1)!))
      ? takenApart({ a, b, bias }, fused)
      : activated((clamp) => product(a, b, bias, attrs, clamp), fused);
  });
}

/** Whether a bias has one value for each column of the product. */
function isRow(bias: tf.Tensor, columns: number): boolean {
  return bias.size === columns && bias.shape.at(-1) === columns;
}

function takenApart({ a, b, bias }: FusedInputs, { transposeA, transposeB, activation, preluActivationWeights, leakyreluAlpha }: Transposes & FusedActivation): tf.Tensor {
  return tf.tidy(() => {
    const sums = tf.matMul(a, b, transposeA, transposeB);
    return tf.backend_util.applyActivation(bias ? tf.add(sums, bias) : sums, activation, preluActivationWeights, leakyreluAlpha);
  });
}

/** `bias` and `clamp` only where a is not transposed: otherwise the sums come in pieces. */
function product(a: tf.Tensor, b: tf.Tensor, bias: tf.TensorInfo | undefined, { transposeA, transposeB }: Transposes, clamp: Clamp): tf.TensorInfo {
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [k, m] = transposeA ? a.shape.slice(-2) as [number, number] : [a.shape.at(-1)!, a.shape.at(-2)!];
  const n = b.shape.at(transposeB ? -2 : -1)!;
  const c = outputOf([...batch, m, n]);
  const starts = { a: matrixIndices(a.shape.slice(0, -2), batch), b: matrixIndices(b.shape.slice(0, -2), batch) };
  const addresses = { a: addressOf(a), b: addressOf(b), c: addressOf(c) };
  for (let i = 0; i < starts.a.length; i++) {
    const left = addresses.a + starts.a[i]! * m * k * FLOAT;
    const at = addresses.b + starts.b[i]! * k * n * FLOAT;
    const right: Matrix = transposeB ? { at, rows: k, columns: n, rowStride: 1, columnStride: k } : { at, rows: k, columns: n, rowStride: n, columnStride: 1 };
    const target = addresses.c + i * m * n * FLOAT;
    if (!transposeA) {
      multiply(left, m, right, bias, target, clamp);
    } else {
      multiplyTransposed(left, m, right, target);
    }
  }
  return c;
}

/** Which matrix of a tensor each matrix of the product takes: axes of size 1 are repeated. */
function matrixIndices(shape: readonly number[], batch: readonly number[]): number[] {
  let indices = [0];
  const padding = batch.length - shape.length;
  batch.forEach((size, axis) => {
    const own = axis < padding ? 1 : shape[axis - padding]!;
    indices = indices.flatMap((index) => Array.from({ length: size }, (_, i) => index * own + (own === 1 ? 0 : i)));
  });
  return indices;
}
