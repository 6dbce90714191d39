import { installBatchNorm, installBatchNormGradient } from './batch-norm.ts';
import { installConv2d } from './conv2d.ts';
import { installDepthwiseConv2d } from './depthwise-conv2d.ts';
import { installGateGradients } from './gates.ts';
import { installIdentity } from './identity.ts';
import { installMatMul } from './matmul.ts';
import { installPoolingGradients } from './pooling.ts';
import { installUnsortedSegmentSum } from './segment-sum.ts';
import { installSum } from './sum.ts';

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
  installBatchNormGradient();
  installGateGradients();
  installSum();
  installUnsortedSegmentSum();
}
