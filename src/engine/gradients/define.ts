import type { Gradient } from '../kernels/registry.ts';
import * as tf from '../tf.ts';

/**
 * Makes `gradient` that of an operation with one output, on every backend, whether it had one or not.
 *
 * @param inputsToSave names of the inputs that `gradient` is given, in this order
 */
export function defineGradient<Saved, Attrs>(kernelName: string, inputsToSave: string[], gradient: Gradient<Saved, Attrs>): void {
  tf.registerGradient({
    kernelName,
    inputsToSave,
    gradFunc: (dy, saved, attrs) => gradient(dy as tf.Tensor, saved as unknown as Saved, attrs as unknown as Attrs),
  });
}
