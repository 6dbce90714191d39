import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

import * as tf from './tf.ts';

/**
 * The values of a float32 tensor without a copy. On wasm this looks into the backend's memory and is valid only until
 * the next tensor is made: memory that grows detaches every view. Treat it as read-only.
 *
 * @returns row-major values, as many as the tensor's shape says
 */
export function view(tensor: tf.TensorInfo): Float32Array {
  const backend = tf.engine().backend;
  if (tensor.dtype !== 'float32') throw new Error(`A view needs float32, this tensor is ${tensor.dtype}.`);
  const values: unknown =
    backend instanceof BackendWasm ? backend.typedArrayFromHeap(tensor) : backend.readSync(tensor.dataId);
  return values as Float32Array;
}

/**
 * A float32 tensor whose values a plain loop computes in place.
 *
 * @param fill writes every element of `values`, whose content is undefined before. It may take views of other tensors,
 *   since the memory is allocated by then, but must make no tensor.
 */
export function tensorOf<R extends tf.Rank>(shape: tf.ShapeMap[R], fill: (values: Float32Array) => void): tf.Tensor<R> {
  const backend = tf.engine().backend;
  if (backend instanceof BackendWasm) {
    const output = tf.engine().makeTensorFromTensorInfo(backend.makeOutput(shape, 'float32'));
    fill(view(output));
    return output as tf.Tensor<R>;
  }
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  fill(values);
  return tf.tensor(values, shape);
}
