import { createHash, type Hash } from 'node:crypto';
import type { Treatment } from '../config/treatments.ts';
import type { Backend } from '../engine/backend.ts';
import { engineFingerprint } from '../engine/fingerprint.ts';
import type { Kernels } from '../evidence/types.ts';
import type * as tf from '../engine/tf.ts';

/** SHA-256 of a network: its layers, how they are connected, their weights, and what computes it. */
export function networkDigest(model: tf.LayersModel, backend: Backend, kernels: Kernels): string {
  // The model's own name counts the models that were made before it.
  const { layers, inputLayers, outputLayers } = model.getConfig();
  const hash = createHash('sha256').update(engineFingerprint(backend, kernels)).update(JSON.stringify({ layers, inputLayers, outputLayers }));
  for (const weight of model.weights) hash.update(bytesOf(weight.read().dataSync()));
  return hash.digest('hex');
}

/**
 * SHA-256 of what a network is fed.
 *
 * @param images N x values of one image, values 0..255
 */
export function hashInput(hash: Hash, { mean, std, order, perImage }: Pick<Treatment, 'mean' | 'std' | 'order' | 'perImage'>, images: Float32Array, indices: readonly number[], imageSize: number): Hash {
  hash.update(JSON.stringify({ mean, std, order, perImage }));
  for (const index of indices) hash.update(bytesOf(images.subarray(index * imageSize, (index + 1) * imageSize)));
  return hash;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
