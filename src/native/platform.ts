import { UserError } from '../errors.ts';

export interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** Version of glibc; undefined where there is another C library. */
  readonly glibc: string | undefined;
}

export function thisMachine(): Machine {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return { platform: process.platform, arch: process.arch, glibc: header.glibcVersionRuntime };
}

/** Why the native backend cannot be had on a machine; null where it can. */
export function obstacleOf({ platform, arch, glibc }: Machine): string | null {
  if (platform !== 'linux' || arch !== 'x64') return `it needs Linux on x64, this is ${platform} on ${arch}`;
  return glibc === undefined ? 'it needs glibc, which this Linux does not have' : null;
}

/** @throws UserError `native-unavailable` */
export function requireMachine(machine = thisMachine()): void {
  const obstacle = obstacleOf(machine);
  if (obstacle !== null) throw new UserError('native-unavailable', `The native backend is not available here: ${obstacle}.`, 'Use `backend: wasm`, which runs everywhere.');
}
