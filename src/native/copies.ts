import { accessSync, constants, copyFileSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';

import { ADDON } from './cache.ts';

/** Whether several threads of one process can load the package in a folder. */
export function servesSeveralThreads(packageFolder: string): boolean {
  try {
    accessSync(path.dirname(path.join(packageFolder, ADDON)), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Lets `load` load the package in a folder with an addon of this thread's own. An addon has one state in a process, which
 * is no matter of several threads; a copy of its file is another addon, on the same libtensorflow, whose API serves
 * several threads. The copy is gone once it is loaded.
 */
export function withOwnAddon(packageFolder: string, load: () => void): void {
  if (isMainThread || !servesSeveralThreads(packageFolder)) {
    load();
    return;
  }
  // Behind links, as Node knows it.
  const addon = realpathSync(path.join(packageFolder, ADDON));
  // Beside the addon, since it finds its libraries from there.
  const copy = `${addon}.${process.pid}-${threadId}`;
  copyFileSync(addon, copy);
  const dlopen = process.dlopen.bind(process);
  process.dlopen = (module: object, file: string, ...flags: [] | [number]) => {
    dlopen(module, realpathSync(file) === addon ? copy : file, ...flags);
  };
  try {
    load();
  } finally {
    process.dlopen = dlopen;
    rmSync(copy, { force: true });
  }
}
