import { tensorOf, view } from '../heap.ts';
import * as tf from '../tf.ts';
import { defineGradient } from './define.ts';

/** Sums and products up to each element of an axis. */
export function installCumulativeGradients(): void {
  installCumsum();
  installCumprod();
}

/** The error summed from the other end. Core transposes the result wrongly where the axis is not the last one. */
function installCumsum(): void {
  defineGradient(tf.Cumsum, [], (dy, _, { axis, exclusive, reverse }: tf.CumsumAttrs) => ({
    x: () => tf.cumsum(dy, axis, exclusive, !reverse),
  }));
}

/** Core has none. Products are formed anew without each element rather than divided by it, so that zeros do no harm. */
function installCumprod(): void {
  defineGradient(tf.Cumprod, ['x'], (dy, [x]: readonly [tf.Tensor], { axis, exclusive, reverse }: tf.CumprodAttrs) => ({
    x: () => {
      const [place] = tf.util.parseAxisParam(axis, x.shape) as [number];
      const length = x.shape[place]!;
      const inner = tf.util.sizeFromShape(x.shape.slice(place + 1));
      const outer = tf.util.sizeFromShape(x.shape.slice(0, place));
      return tensorOf(x.shape, (dx) => {
        const [values, errors] = [view(x), view(dy)];
        for (let lane = 0; lane < outer * inner; lane++) {
          const start = Math.floor(lane / inner) * length * inner + (lane % inner);
          const at = (i: number) => start + (reverse ? length - 1 - i : i) * inner;
          let before = 1;
          for (let i = 0; i < length; i++) {
            let others = before;
            let sum = 0;
            for (let k = i; k < length; k++) {
              // The product that ends here holds this element but for itself; an exclusive one ends one earlier.
              if (exclusive && k > i) sum += errors[at(k)]! * others;
              if (k > i) others *= values[at(k)]!;
              if (!exclusive) sum += errors[at(k)]! * others;
            }
            dx[at(i)] = sum;
            before *= values[at(i)]!;
          }
        }
      });
    },
  }));
}
