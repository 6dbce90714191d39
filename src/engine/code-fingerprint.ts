import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kernels } from '../evidence/types.ts';
import { locateKernels, locateWasm, WASM_FILE } from './locate-wasm.ts';

const known = new Map<Kernels, string>();

/** SHA-256 of our code and kernels, TensorFlow.js and its binary, and the engine and processor architecture that run them. */
export function codeFingerprint(kernels: Kernels): string {
  let fingerprint = known.get(kernels);
  if (fingerprint === undefined) {
    const hash = createHash('sha256').update([kernels, process.versions.v8, process.arch].join('/'));
    for (const file of [path.join(locateWasm(), WASM_FILE), locateKernels(kernels), ...codeFiles()]) hash.update(readFileSync(file));
    fingerprint = hash.digest('hex');
    known.set(kernels, fingerprint);
  }
  return fingerprint;
}

/** The bundle of all that computes, and the one that decides what is computed; from source, all sources. */
function codeFiles(): string[] {
  const here = fileURLToPath(import.meta.url);
  if (typeof __BUNDLED__ !== 'undefined') return ['check.cjs', 'laboratory.cjs'].map((file) => path.join(path.dirname(here), file));
  const sources = path.resolve(here, '../..');
  return readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => path.join(sources, file));
}

declare const __BUNDLED__: boolean | undefined;
