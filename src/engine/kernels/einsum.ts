import * as tf from '../tf.ts';
import { setKernel } from './registry.ts';

/** A tensor and a letter for each of its axes. */
interface Labelled {
  readonly tensor: tf.Tensor;
  readonly axes: readonly string[];
}

/**
 * Sums of products by index notation ("abc,cd->abd"), as one matrix product. Stock wasm lacks them.
 * One or two factors, each index at most once in each of them: more is what TensorFlow.js's decoder refuses.
 */
export function installEinsum(): void {
  setKernel(tf.Einsum, 'wasm', (inputs: readonly tf.Tensor[], { equation }: tf.EinsumAttrs) => {
    const tensors = Object.values(inputs);
    tf.backend_util.decodeEinsumEquation(equation, tensors.length);
    const [left, right] = equation.replaceAll(/\s/g, '').split('->') as [string, string];
    const terms = left.split(',').map((term) => term.split(''));
    const output = right.split('');
    return tf.tidy(() => {
      const factors = tensors.map((tensor, i) => summed({ tensor, axes: terms[i]! }, [...output, ...terms.toSpliced(i, 1).flat()]));
      const [a, b] = factors as [Labelled, Labelled?];
      return ordered(b ? product(a, b, output) : a, output);
    });
  });
}

/** Without the axes that appear nowhere else. */
function summed({ tensor, axes }: Labelled, elsewhere: readonly string[]): Labelled {
  const alone = axes.flatMap((axis, i) => (elsewhere.includes(axis) ? [] : [i]));
  if (alone.length === 0) return { tensor, axes };
  return { tensor: tf.sum(tensor, alone), axes: axes.filter((axis) => elsewhere.includes(axis)) };
}

function product(a: Labelled, b: Labelled, output: readonly string[]): Labelled {
  const shared = a.axes.filter((axis) => b.axes.includes(axis));
  const batch = shared.filter((axis) => output.includes(axis));
  const inner = shared.filter((axis) => !output.includes(axis));
  const rows = a.axes.filter((axis) => !b.axes.includes(axis));
  const columns = b.axes.filter((axis) => !a.axes.includes(axis));
  const left = tf.reshape(ordered(a, [...batch, ...rows, ...inner]), [sizeOf(a, batch), sizeOf(a, rows), sizeOf(a, inner)]);
  const right = tf.reshape(ordered(b, [...batch, ...inner, ...columns]), [sizeOf(b, batch), sizeOf(b, inner), sizeOf(b, columns)]);
  const shape = [...[...batch, ...rows].map((axis) => sizeOf(a, [axis])), ...columns.map((axis) => sizeOf(b, [axis]))];
  return { tensor: tf.reshape(tf.matMul(left, right), shape), axes: [...batch, ...rows, ...columns] };
}

function ordered({ tensor, axes }: Labelled, order: readonly string[]): tf.Tensor {
  return tf.transpose(tensor, order.map((axis) => axes.indexOf(axis)));
}

function sizeOf({ tensor, axes }: Labelled, some: readonly string[]): number {
  return some.reduce((size, axis) => size * tensor.shape[axes.indexOf(axis)]!, 1);
}
