import { tensorOf } from '../heap.ts';
import { setKernel, stockKernel } from '../kernels/registry.ts';
import { installResizeGradients } from '../kernels/resize-gradients.ts';
import * as tf from '../tf.ts';
import { installDepthwiseFilterGradient } from './depthwise.ts';
import { installDilation } from './dilation.ts';

/** Gives the native backend the operations that it lacks or gets wrong. To be called once. */
export function installNativeKernels(): void {
  installDepthwiseFilterGradient();
  installDilation();
  installResizeGradients('tensorflow');
  installBatchNorm();
  installDenseBincount();
}

/** The engine records the inputs of a kernel for the gradient, and fails on one that is listed but undefined. */
function installBatchNorm(): void {
  const stock = stockKernel<Partial<tf.FusedBatchNormInputs>, tf.FusedBatchNormAttrs>(tf.FusedBatchNorm, 'tensorflow');
  setKernel(tf.FusedBatchNorm, 'tensorflow', (inputs: Partial<tf.FusedBatchNormInputs>, attrs: tf.FusedBatchNormAttrs) => {
    if (!inputs.scale) delete inputs.scale;
    if (!inputs.offset) delete inputs.offset;
    return stock(inputs, attrs);
  });
}

interface Counted {
  readonly x: tf.Tensor;
  readonly weights: tf.Tensor;
}

/** Counts of the numbers 0 to size - 1 in each row; with weights, their sums. tfjs-node has no such kernel. */
function installDenseBincount(): void {
  setKernel(tf.DenseBincount, 'tensorflow', ({ x, weights }: Counted, { size, binaryOutput }: tf.DenseBincountAttrs) => {
    const [numbers, weight] = [x.dataSync(), weights.size > 0 ? weights.dataSync() : null];
    const columns = x.shape.at(-1)!;
    return tensorOf([...x.shape.slice(0, -1), size], (counts) => {
      counts.fill(0);
      numbers.forEach((number, at) => {
        if (number < 0 || number >= size) return;
        const bin = Math.floor(at / columns) * size + number;
        counts[bin] = binaryOutput ? 1 : counts[bin]! + (weight?.[at] ?? 1);
      });
    });
  });
}
