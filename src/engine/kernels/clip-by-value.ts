import { tensorOf, view } from '../heap.ts';
import * as tf from '../tf.ts';
import { setGradient } from './registry.ts';

/**
 * Gradient of clipping (the 6 of ReLU6): dy where x lies within the limits, both included, else 0; NaN counts as
 * outside. One pass replaces core's two comparisons, conjunction and selection.
 */
export function installClipByValueGradient(): void {
  setGradient(
    tf.ClipByValue,
    ['x'],
    (dy, [x]: readonly [tf.Tensor], { clipValueMin, clipValueMax }: tf.ClipByValueAttrs) => ({
      x: () =>
        tensorOf(x.shape, (gradient) => {
          const [values, errors] = [view(x), view(dy)];
          for (let i = 0; i < gradient.length; i++) {
            const value = values[i]!;
            gradient[i] = value >= clipValueMin && value <= clipValueMax ? errors[i]! : 0;
          }
        }),
    }),
  );
}
