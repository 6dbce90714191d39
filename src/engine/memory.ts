import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

import * as tf from './tf.ts';

/** What 32-bit WebAssembly can address, in bytes: a plan that needs more cannot run. */
export const HEAP_LIMIT = 2 ** 32;

/**
 * Size of the wasm backend's memory in bytes. It grows and never shrinks, so it is also the peak so far.
 * Undefined on another backend.
 */
export function heapBytes(): number | undefined {
  const backend = tf.engine().backend;
  if (!(backend instanceof BackendWasm)) return undefined;
  return (backend.wasm as unknown as { HEAPU8: Uint8Array }).HEAPU8.byteLength;
}
