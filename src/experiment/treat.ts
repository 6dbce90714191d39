import type { Treatment } from '../config/treatments.ts';
import * as tf from '../engine/tf.ts';

/**
 * The named images as a network of this arm is fed them.
 *
 * @param images N x height x width x 3, RGB, values 0..255
 * @returns shape [indices.length, height, width, 3]
 */
export function treat({ mean, std, order }: Treatment, images: Float32Array, indices: readonly number[], height: number, width: number): tf.Tensor {
  const row = height * width * 3;
  const batch = new Float32Array(indices.length * row);
  const sources = order === 'rgb' ? ([0, 1, 2] as const) : ([2, 1, 0] as const);
  indices.forEach((index, position) => {
    for (let channel = 0; channel < 3; channel++) {
      const shift = mean[channel]!;
      const scale = std[channel]!;
      let from = index * row + sources[channel]!;
      for (let to = position * row + channel; to < (position + 1) * row; to += 3, from += 3) batch[to] = (images[from]! - shift) / scale;
    }
  });
  return tf.tensor(batch, [indices.length, height, width, 3]);
}
