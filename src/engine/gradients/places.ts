import { tensorOf, view } from '../heap.ts';
import type * as tf from '../tf.ts';

/**
 * Adds every element of a tensor to the place that it came from.
 *
 * @param dy its elements in the order of the places, whatever its shape
 * @param places for each axis, the place along it in the result of every index of `dy`
 * @param shape of the result
 */
export function addedAtPlaces(dy: tf.Tensor, places: readonly (readonly number[])[], shape: number[]): tf.Tensor {
  return tensorOf(shape, (dx) => {
    const errors = view(dy);
    dx.fill(0);
    let next = 0;
    const visit = (axis: number, offset: number): void => {
      if (axis === places.length) {
        dx[offset]! += errors[next++]!;
        return;
      }
      for (const place of places[axis]!) visit(axis + 1, offset * shape[axis]! + place);
    };
    visit(0, 0);
  });
}
