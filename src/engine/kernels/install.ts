import { installAvgPoolGradient } from './avg-pool.ts';
import { installBatchNorm, installBatchNormGradient } from './batch-norm.ts';
import { installClipByValueGradient } from './clip-by-value.ts';
import { installConv2dGradients } from './conv2d.ts';
import { installDepthwiseConv2dGradients } from './depthwise-conv2d.ts';
import { installIdentity } from './identity.ts';
import { installMatMul } from './matmul.ts';
import { installMaxPoolGradient } from './max-pool.ts';
import type { BackendName } from './registry.ts';
import { installSamePadding } from './same-padding.ts';
import { installUnsortedSegmentSum } from './segment-sum.ts';

/**
 * Gives a backend that is ready the operations that it lacks, gets wrong, or is too slow at for training.
 * To be called once for each backend.
 */
export function installKernels(backend: BackendName): void {
  installConv2dGradients(backend);
  installDepthwiseConv2dGradients(backend);
  installMaxPoolGradient(backend);
  installAvgPoolGradient(backend);
  installBatchNorm(backend);
  installBatchNormGradient();
  installClipByValueGradient();
  if (backend === 'wasm') {
    installIdentity();
    installSamePadding();
    installMatMul();
    installUnsortedSegmentSum();
  }
}
