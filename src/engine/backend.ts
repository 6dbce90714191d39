// First: the backend registers itself with the engine that this loads.
import * as tf from './tf.ts';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

import type { Kernels } from '../evidence/types.ts';
import { installGradients } from './gradients/install.ts';
import { installKernels } from './kernels/install.ts';
import { installRareKernels } from './kernels/install-rare.ts';
import type { BackendName } from './kernels/registry.ts';
import { mendLayers } from './layers/install.ts';
import { locateWasm } from './locate-wasm.ts';
import { loadKernels } from './simd/module.ts';
import { installVolumes } from './volumes/install.ts';

export type { BackendName };

/** What runs the tensors. */
export interface Backend {
  readonly name: BackendName;
  /** Version of TensorFlow.js. */
  readonly tfjs: string;
}

const started = new Map<BackendName, Promise<Backend>>();

/**
 * Makes a backend the one that computes, with all that training needs ({@link installKernels},
 * {@link installGradients}). The first call for a name takes about 0.1 s; later ones only switch to it.
 *
 * @param kernels which of our own it computes with
 * @throws UserError `wasm-missing` where the WebAssembly binary is not installed, `relaxed-simd-missing` where this
 *   version of Node cannot run relaxed kernels
 */
export async function startBackend(name: BackendName, kernels: Kernels = 'exact'): Promise<Backend> {
  let start = started.get(name);
  if (!start) {
    if (started.size === 0) mendLayers();
    start = firstStart(name);
    started.set(name, start);
  }
  const backend = await start;
  await tf.setBackend(name);
  loadKernels(kernels);
  return backend;
}

async function firstStart(name: BackendName): Promise<Backend> {
  // The flag does nothing but silence hints, such as to install another backend.
  tf.env().set('PROD', true);
  setWasmPaths(locateWasm());
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js could not start its ${name} backend.`);
  installKernels();
  installRareKernels();
  installVolumes();
  installGradients();
  return { name, tfjs: tf.version_core };
}
