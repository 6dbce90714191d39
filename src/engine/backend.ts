// First: the backend registers itself with the engine that this loads.
import * as tf from './tf.ts';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

import type { Kernels, NativeFacts } from '../evidence/types.ts';
import { nativeFolder, cacheIn } from '../native/cache.ts';
import { locateNative } from '../native/locate.ts';
import { installGradients } from './gradients/install.ts';
import { installKernelGradients, installKernels } from './kernels/install.ts';
import { installRareKernels } from './kernels/install-rare.ts';
import type { RegisteredBackend } from './kernels/registry.ts';
import { mendLayers } from './layers/install.ts';
import { locateWasm } from './locate-wasm.ts';
import { installNativeKernels } from './native/kernels.ts';
import { loadNative } from './native/load.ts';
import { loadKernels } from './simd/module.ts';
import { installConvolutionGradients } from './volumes/convolution.ts';
import { installVolumes } from './volumes/install.ts';

export type BackendName = 'wasm' | 'native' | 'cpu';

/** What runs the tensors. */
export interface Backend {
  readonly name: BackendName;
  /** Version of TensorFlow.js. */
  readonly tfjs: string;
  readonly native?: NativeFacts;
}

const REGISTERED: Readonly<Record<BackendName, RegisteredBackend>> = { wasm: 'wasm', native: 'tensorflow', cpu: 'cpu' };

const started = new Map<BackendName, Promise<Backend>>();

/**
 * Makes a backend the one that computes, with all that training needs. The first call for a name takes about 0.1 s,
 * for `native` half a second; later ones only switch to it.
 *
 * @param kernels which of our own it computes with
 * @throws UserError `wasm-missing` where the WebAssembly binary is not installed, `relaxed-simd-missing` where this
 *   version of Node cannot run relaxed kernels, `native-...` where the native backend cannot be used
 */
export async function startBackend(name: BackendName, kernels: Kernels = 'exact'): Promise<Backend> {
  let start = started.get(name);
  if (!start) {
    if (started.size === 0) mendLayers();
    start = firstStart(name, kernels);
    started.set(name, start);
  }
  const backend = await start;
  await tf.setBackend(REGISTERED[name]);
  loadKernels(kernels);
  return backend;
}

async function firstStart(name: BackendName, kernels: Kernels): Promise<Backend> {
  // The flag does nothing but silence hints, such as to install another backend.
  tf.env().set('PROD', true);
  setWasmPaths(locateWasm());
  const native = name === 'native' ? loadNative(locateNative(process.cwd(), cacheIn(nativeFolder()))) : null;
  if (name === 'cpu') await import('@tensorflow/tfjs-backend-cpu');
  if (!(await tf.setBackend(REGISTERED[name]))) throw new Error(`TensorFlow.js could not start its ${name} backend.`);
  loadKernels(kernels);
  if (name === 'wasm') {
    installKernels();
    installRareKernels();
    installVolumes();
  } else {
    installNativeKernels();
  }
  installKernelGradients();
  installConvolutionGradients();
  installGradients();
  return native ? { name, tfjs: tf.version_core, native } : { name, tfjs: tf.version_core };
}
