import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { UserError } from '../errors.ts';
import type { Kernels } from '../evidence/types.ts';

/** The one binary that the backend runs: every Node that we support has SIMD, and threads do not work there. */
export const WASM_FILE = 'tfjs-backend-wasm-simd.wasm';

/** Our own kernels, compiled from kernels/assembly. */
const KERNELS_FILES: Readonly<Record<Kernels, string>> = { exact: 'kernels.wasm', relaxed: 'kernels-relaxed.wasm' };

/**
 * The folder that holds TensorFlow.js's WebAssembly binary: the bundle's own, else that of the installed package.
 *
 * @param moduleUrl URL of the running module; in the bundle that is the bundle
 * @returns absolute path that ends with a separator, as `setWasmPaths` wants it
 * @throws UserError `wasm-missing` where neither has the file
 */
export function locateWasm(moduleUrl = import.meta.url): string {
  const beside = path.dirname(fileURLToPath(moduleUrl));
  if (existsSync(path.join(beside, WASM_FILE))) return beside + path.sep;
  try {
    const binary = createRequire(moduleUrl).resolve(`@tensorflow/tfjs-backend-wasm/dist/${WASM_FILE}`);
    return path.dirname(binary) + path.sep;
  } catch (cause) {
    throw missing(WASM_FILE, beside, cause);
  }
}

/**
 * The file with our own kernels: beside the bundle, else where `npm run kernels` puts it.
 *
 * @throws UserError `wasm-missing` where neither is there
 */
export function locateKernels(kernels: Kernels, moduleUrl = import.meta.url): string {
  const file = KERNELS_FILES[kernels];
  const beside = path.dirname(fileURLToPath(moduleUrl));
  const built = path.resolve(beside, '../../kernels/build', file);
  const found = [path.join(beside, file), built].find((candidate) => existsSync(candidate));
  if (!found) throw missing(file, beside);
  return found;
}

function missing(file: string, folder: string, cause?: unknown): UserError {
  return new UserError('wasm-missing', `${file} is not in ${folder}.`, 'The installation is incomplete: download or install it again.', { cause });
}
