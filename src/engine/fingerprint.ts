import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kernels } from '../evidence/types.ts';
import type { Backend } from './backend.ts';
import { locateKernels, locateWasm, WASM_FILE } from './locate-wasm.ts';
import { simd } from './simd/module.ts';

const known = new Map<string, string>();

/**
 * SHA-256 of everything that decides which bits a network computes from given weights and input: our code and kernels,
 * TensorFlow.js and its binary, and the engine and processor that run them.
 *
 * @param backend the one that computes
 * @param kernels those that are loaded
 */
export function engineFingerprint(backend: Backend, kernels: Kernels): string {
  const key = JSON.stringify([backend, kernels]);
  let fingerprint = known.get(key);
  if (fingerprint === undefined) {
    const hash = createHash('sha256').update([key, process.versions.v8, process.arch, simd().fusesMultiplyAdd()].join('/'));
    for (const file of [path.join(locateWasm(), WASM_FILE), locateKernels(kernels), ...codeFiles()]) hash.update(readFileSync(file));
    fingerprint = hash.digest('hex');
    known.set(key, fingerprint);
  }
  return fingerprint;
}

/** The bundle, which holds all code in one file; from source, all sources. */
function codeFiles(): string[] {
  if (typeof __BUNDLED__ !== 'undefined') return [fileURLToPath(import.meta.url)];
  const sources = path.resolve(fileURLToPath(import.meta.url), '../..');
  return readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => path.join(sources, file));
}

declare const __BUNDLED__: boolean | undefined;
