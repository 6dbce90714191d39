import * as tf from '../tf.ts';
import { setKernel } from './registry.ts';

/**
 * A clone that shares the memory of its original, as on the other backends: tensors never change. Stock wasm copies,
 * and the engine clones every tensor that it keeps for a gradient and every output that a layer hands through.
 */
export function installIdentity(): void {
  setKernel(tf.Identity, 'wasm', ({ x }: { x: tf.Tensor }) => {
    const { dataId, shape, dtype } = x;
    tf.engine().backend.incRef(dataId);
    return { dataId, shape, dtype };
  });
}
