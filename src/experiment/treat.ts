import type { Treatment } from '../config/treatments.ts';
import { tensorOf } from '../engine/heap.ts';
import type * as tf from '../engine/tf.ts';

/**
 * The named images as a network of this arm is fed them.
 *
 * @param images N x height x width x 3, RGB, values 0..255
 * @returns shape [indices.length, height, width, 3]
 */
export function treat({ mean, std, order, perImage }: Treatment, images: Float32Array, indices: readonly number[], height: number, width: number): tf.Tensor {
  const row = height * width * 3;
  const sources = order === 'rgb' ? ([0, 1, 2] as const) : ([2, 1, 0] as const);
  return tensorOf<tf.Rank.R4>([indices.length, height, width, 3], (batch) => {
    indices.forEach((index, position) => {
      if (perImage) {
        batch.set(standardized(images.subarray(index * row, (index + 1) * row)), position * row);
        return;
      }
      for (let channel = 0; channel < 3; channel++) {
        const shift = mean[channel]!;
        const scale = std[channel]!;
        let from = index * row + sources[channel]!;
        for (let to = position * row + channel; to < (position + 1) * row; to += 3, from += 3) batch[to] = (images[from]! - shift) / scale;
      }
    });
  });
}

/** Mean 0 and standard deviation 1 over all values of one image; one without contrast stays small (tf.image.per_image_standardization). */
function standardized(image: Float32Array): Float32Array {
  const mean = image.reduce((sum, value) => sum + value, 0) / image.length;
  const variance = image.reduce((sum, value) => sum + (value - mean) ** 2, 0) / image.length;
  const std = Math.max(Math.sqrt(variance), 1 / Math.sqrt(image.length));
  return image.map((value) => (value - mean) / std);
}
