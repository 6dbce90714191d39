import type { BackendName } from '../engine/backend.ts';
import { setNativeEnvironment } from '../engine/native/environment.ts';
import { isUserError } from '../errors.ts';
import { nativeFolder, cacheIn } from '../native/cache.ts';
import { servesSeveralThreads } from '../native/copies.ts';
import { locateNative } from '../native/locate.ts';
import { duration } from './plan.ts';

/** What to start the native backend and measure it costs, in seconds: a shorter plan is done by then. */
const WORTH_MEASURING = 5;

/**
 * Settles, before anything is loaded, how the native backend computes.
 *
 * @param most threads; null leaves it to the machine
 * @returns how many it can serve
 */
export function settleNative(most: number | null): number | null {
  setNativeEnvironment();
  try {
    const { name, folder } = locateNative(process.cwd(), cacheIn(nativeFolder()));
    // There is one GPU.
    return !name.endsWith('-gpu') && servesSeveralThreads(folder) ? most : 1;
  } catch (error) {
    // The laboratory says so.
    lineOf(error);
    return 1;
  }
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
