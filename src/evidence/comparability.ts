import type { Environment, NativeFacts } from './types.ts';

/**
 * How far two checks of the same code with the same seeds agree, by what computed them.
 *
 * - `bits`: every number is the same; whatever differs comes from the code.
 * - `rounding`: sums are split in another way. Statistics of layers before the first update differ by at most
 *   `tolerance` of their root mean square; updates let differences grow, so that what follows them is compared as other
 *   seeds would be.
 * - `none`: another program computed; differences say nothing of the code.
 *
 * `why` is a clause.
 */
export type Comparability =
  | { readonly kind: 'bits' }
  | { readonly kind: 'rounding'; readonly tolerance: number; readonly why: string }
  | { readonly kind: 'none'; readonly why: string };

/**
 * A hundred times the largest difference of mean, std or gradient that was found between 1 and 2 threads and between
 * AVX-512, AVX2 and SSE4.1 (docs/native.md): deeper networks add more up.
 */
export const ROUNDING_TOLERANCE = 1e-4;

/** What may change the last bits of the native backend. */
const NATIVE: readonly (readonly [fact: keyof NativeFacts, name: string])[] = [
  ['tensorflow', 'libtensorflow'],
  ['threads', 'threads for an operation'],
  ['instructionSet', 'instruction set'],
];

export function comparabilityOf(a: Environment, b: Environment): Comparability {
  const other = ([['backend', 'backend'], ['tfjs', 'TensorFlow.js'], ['version', 'layer-vitals']] as const).find(([fact]) => a[fact] !== b[fact]);
  if (other) return { kind: 'none', why: `${other[1]} ${a[other[0]]} and ${b[other[0]]}` };
  const why = kernelReason(a, b) ?? nativeReason(a.native, b.native);
  return why === null ? { kind: 'bits' } : { kind: 'rounding', tolerance: ROUNDING_TOLERANCE, why };
}

function kernelReason(a: Environment, b: Environment): string | null {
  if (a.kernels !== b.kernels) return `kernels ${a.kernels} and ${b.kernels}`;
  return a.fusedMultiplyAdd === b.fusedMultiplyAdd ? null : 'one processor rounds products together with their sum, the other does not';
}

function nativeReason(a: NativeFacts | undefined, b: NativeFacts | undefined): string | null {
  if (!a || !b) return null;
  if (a.gpu || b.gpu) return 'a GPU adds in no fixed order';
  const differs = NATIVE.find(([fact]) => a[fact] !== b[fact]);
  if (differs) return `${differs[1]} ${String(a[differs[0]])} and ${String(b[differs[0]])}`;
  return a.instructionSet === null ? 'the instruction set is not known' : null;
}
