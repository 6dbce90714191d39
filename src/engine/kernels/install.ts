import { installBatchNorm, installBatchNormGradient } from './batch-norm.ts';
import { installBatchNormalization } from './batch-normalization.ts';
import { installConv2d, installConv2dGradient } from './conv2d.ts';
import { installCrossEntropy } from './cross-entropy.ts';
import { installDepthwiseConv2d, installDepthwiseConv2dGradient } from './depthwise-conv2d.ts';
import { installGateGradients, installGates } from './gates.ts';
import { installIdentity } from './identity.ts';
import { installMatMul } from './matmul.ts';
import { installPoolingGradients } from './pooling.ts';
import { installUnsortedSegmentSum } from './segment-sum.ts';
import { installMean, installSum } from './sum.ts';

/**
 * Gives the wasm backend, which must be ready, the operations that it lacks, gets wrong, or is too slow at for
 * training. To be called once.
 */
export function installKernels(): void {
  installIdentity();
  installMatMul();
  installConv2d();
  installDepthwiseConv2d();
  installPoolingGradients();
  installBatchNorm();
  installBatchNormalization();
  installSum();
  installMean();
  installCrossEntropy();
  installGates();
  installUnsortedSegmentSum();
}

/** Gradients that run our kernels on wasm, and what the backend offers elsewhere. */
export function installKernelGradients(): void {
  installConv2dGradient();
  installDepthwiseConv2dGradient();
  installBatchNormGradient();
  installGateGradients();
}
