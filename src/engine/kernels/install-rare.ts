import { installDilation2d } from './dilation2d.ts';
import { installEinsum } from './einsum.ts';
import { installGather } from './gather.ts';
import { installPrelu } from './prelu.ts';
import { installResizeGradients } from './resize-gradients.ts';
import { installStridedSlice } from './strided-slice.ts';

/**
 * Gives the wasm backend, which must be ready, the operations of layers that few networks have: right rather than
 * fast. To be called once.
 */
export function installRareKernels(): void {
  installDilation2d();
  installEinsum();
  installGather();
  installPrelu();
  installResizeGradients('wasm');
  installStridedSlice();
}
