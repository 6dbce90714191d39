import { nativeFolder, cacheIn } from '../../../src/native/cache.ts';
import { locateNative } from '../../../src/native/locate.ts';

/** Why tests of the native backend cannot run here; null where they can. */
export const nativeObstacle = obstacle();

function obstacle(): string | null {
  try {
    locateNative(process.cwd(), cacheIn(nativeFolder()));
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Name of a group of tests, with the reason where they are skipped. */
export function onNative(name: string): string {
  return nativeObstacle === null ? name : `${name} (skipped: ${nativeObstacle})`;
}
