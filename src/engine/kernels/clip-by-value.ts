import * as tf from '../tf.ts';
import { setGradient } from './registry.ts';

/**
 * Gradient of clipping (the 6 of ReLU6): dy where x lies within the limits, both included, else 0; NaN counts as
 * outside. One comparison with the clipped values replaces core's two, a conjunction and a selection.
 */
export function installClipByValueGradient(): void {
  setGradient(
    tf.ClipByValue,
    ['x'],
    (dy, [x]: readonly [tf.Tensor], { clipValueMin, clipValueMax }: tf.ClipByValueAttrs) => ({
      x: () => {
        const inside = tf.equal(tf.clipByValue(x, clipValueMin, clipValueMax), x);
        return tf.mul(dy, tf.cast(inside, 'float32'));
      },
    }),
  );
}
