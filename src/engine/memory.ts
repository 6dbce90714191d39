import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

import * as tf from './tf.ts';

/**
 * Size of the wasm backend's memory in bytes. It grows and never shrinks, so it is also the peak so far; what 32 bits address,
 * 4 GiB, is the end. Undefined on another backend.
 */
export function heapBytes(): number | undefined {
  const backend = tf.engine().backend;
  if (!(backend instanceof BackendWasm)) return undefined;
  return (backend.wasm as unknown as { HEAPU8: Uint8Array }).HEAPU8.byteLength;
}
