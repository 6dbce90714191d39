import { addressOf, floatsAt, outputOf, simd, workspace } from '../simd/module.ts';
import { setKernels } from './registry.ts';

/** Name of the kernel, which TensorFlow.js composes of others. */
export const CROSS_ENTROPY = 'SoftmaxCrossEntropy';

const DOUBLE = 8;

/** From targets and logits [rows, classes]: mean softmax cross-entropy, and its gradient by the logits. */
export function installCrossEntropy(): void {
  setKernels(CROSS_ENTROPY, 'wasm', (inputs) => {
    const [targets, logits] = [inputs.targets!, inputs.logits!];
    const [rows, classes] = targets.shape as [number, number];
    const [value, gradient] = [outputOf([]), outputOf([rows, classes])];
    const [powers] = workspace((classes + 1) * DOUBLE);
    const loss = simd().softmaxCrossEntropy(addressOf(logits), addressOf(targets), rows, classes, 1 / rows, powers, addressOf(gradient));
    floatsAt(addressOf(value), 1)[0] = loss / rows;
    return [value, gradient];
  });
}
