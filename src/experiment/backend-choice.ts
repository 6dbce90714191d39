import { availableParallelism } from 'node:os';
import type { BackendName } from '../engine/backend.ts';
import { setNativeEnvironment } from '../engine/native/environment.ts';
import { isUserError } from '../errors.ts';
import { nativeFolder, cacheIn } from '../native/cache.ts';
import { locateNative } from '../native/locate.ts';
import type { LaboratorySetup } from './laboratory.ts';
import { duration } from './plan.ts';

/** What to start the native backend and measure it costs, in seconds: a shorter plan is done by then. */
const WORTH_MEASURING = 5;
/**
 * Values of a batch of images from which two threads for an operation are faster than one: EfficientNet-Lite0 is by them
 * with 16 images of 96 pixels (442,368 values), small networks with 32 images of 32 (98,304) are not.
 */
const WORTH_THREADS = 2 ** 18;

/** Settles, before anything is loaded, on how many threads the native backend computes an operation. */
export function settleNativeThreads({ size: [height, width], recipe }: LaboratorySetup, most: number | null): void {
  const values = height * width * 3 * recipe.batchSize;
  setNativeEnvironment(values < WORTH_THREADS ? 1 : Math.min(most ?? Infinity, availableParallelism()));
}

/** Why the native backend is not to be measured against a plan of so many seconds; null where it is. */
export function reasonAgainstNative(wasmSeconds: number): string | null {
  if (wasmSeconds < WORTH_MEASURING) return `the plan takes about ${duration(wasmSeconds)} on it, less than the native backend needs to start`;
  try {
    locateNative(process.cwd(), cacheIn(nativeFolder()));
    return null;
  } catch (error) {
    return lineOf(error);
  }
}

/** What a user could mend, as a clause; every other error is a bug, and goes on. */
export function lineOf(error: unknown): string {
  if (!isUserError(error)) throw error;
  return error.what.replace(/\.$/, '').replace(/^The /, 'the ');
}

/** The faster backend, and the line that says so. */
export function fasterOf(seconds: Readonly<Record<'wasm' | 'native', number>>): { readonly backend: BackendName; readonly notice: string } {
  const [backend, other] = seconds.native < seconds.wasm ? (['native', 'wasm'] as const) : (['wasm', 'native'] as const);
  return { backend, notice: `backend: ${backend}, since the plan takes about ${duration(seconds[backend])} on it and ${duration(seconds[other])} on ${other}.` };
}
