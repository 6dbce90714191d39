import { addressOf, doublesAt, floatsAt, outputOf, simd, workspace } from '../simd/module.ts';
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
    const [sums, powers] = workspace(2 * rows * DOUBLE, (classes + 1) * DOUBLE);
    simd().softmaxCrossEntropy(addressOf(logits), addressOf(targets), rows, classes, 1 / rows, sums, powers, addressOf(gradient));
    const largestAndSum = doublesAt(sums, 2 * rows);
    const [scores, wanted] = [floatsAt(addressOf(logits), rows * classes), floatsAt(addressOf(targets), rows * classes)];
    let loss = 0;
    for (let row = 0; row < rows; row++) {
      const level = largestAndSum[2 * row]! + Math.log(largestAndSum[2 * row + 1]!);
      for (let at = row * classes; at < (row + 1) * classes; at++) {
        // 0 of what is not finite counts nothing.
        if (wanted[at] !== 0) loss += wanted[at]! * (level - scores[at]!);
      }
    }
    floatsAt(addressOf(value), 1)[0] = loss / rows;
    return [value, gradient];
  });
}
