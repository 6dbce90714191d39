import { installBroadcastingGradients } from './broadcasting.ts';
import { installCumulativeGradients } from './cumulative.ts';
import { installEinsumGradient } from './einsum.ts';
import { installGatherGradient } from './gather.ts';
import { installKinkGradients } from './kinks.ts';
import { installSelectionGradients } from './selections.ts';
import { installStepGradients } from './steps.ts';

/** Gives TensorFlow.js the gradients that core lacks or gets wrong, on every backend. To be called after the kernels. */
export function installGradients(): void {
  installStepGradients();
  installBroadcastingGradients();
  installSelectionGradients();
  installGatherGradient();
  installCumulativeGradients();
  installKinkGradients();
  installEinsumGradient();
}
