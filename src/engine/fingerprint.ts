import { createHash } from 'node:crypto';
import type { Kernels } from '../evidence/types.ts';
import type { Backend } from './backend.ts';
import { codeFingerprint } from './code-fingerprint.ts';
import { simd } from './simd/module.ts';

/**
 * SHA-256 of everything that decides which bits a network computes from given weights and input.
 *
 * @param backend the one that computes
 * @param kernels those that are loaded
 */
export function engineFingerprint(backend: Backend, kernels: Kernels): string {
  return createHash('sha256').update([JSON.stringify(backend), codeFingerprint(kernels), simd().fusesMultiplyAdd()].join('/')).digest('hex');
}
