import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { UserError } from '../errors.ts';
import { ADDON, type Cache, PACKAGE, packageIn, readManifest } from './cache.ts';
import { requireMachine } from './platform.ts';
import { TFJS_VERSION } from './versions.ts';

/** A package that can be loaded. */
export interface NativePackage {
  readonly name: string;
  readonly folder: string;
  /** The user's own, or the provisioned one. */
  readonly origin: 'workspace' | 'cache';
}

const INSTALL = 'Run `npx layer-vitals native install`, or use `backend: wasm`.';

/**
 * The package that serves as native backend: the user's own, for the GPU first, where its installer worked; else the
 * provisioned one.
 *
 * @throws UserError `native-unavailable` on another system, `native-version` where the user's own is all there is and
 *   is of another version, `native-missing` where there is none
 */
export function locateNative(workspace: string, cache: Cache): NativePackage {
  const own = [`${PACKAGE}-gpu`, PACKAGE].flatMap((name) => packageOf(name, workspace) ?? []);
  const usable = own.find(({ version, folder }) => version === TFJS_VERSION && existsSync(path.join(folder, ADDON)));
  if (usable) return { name: usable.name, folder: usable.folder, origin: 'workspace' };
  requireMachine();
  if (readManifest(cache.installation)) return { name: PACKAGE, folder: packageIn(cache.installation), origin: 'cache' };
  throw reasonOf(own);
}

interface Found {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}

function reasonOf([own]: readonly Found[]): UserError {
  if (!own) return new UserError('native-missing', 'The native backend is not installed.', INSTALL);
  if (own.version !== TFJS_VERSION) return new UserError('native-version', `${own.name} in this workspace is ${own.version}; ${TFJS_VERSION} is needed.`, INSTALL);
  return new UserError('native-missing', `${own.name} in this workspace has no addon: its installer did not run, or failed.`, INSTALL);
}

function packageOf(name: string, workspace: string): Found | null {
  try {
    const file = createRequire(path.join(workspace, 'package.json')).resolve(`${name}/package.json`);
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
    return { name, version, folder: path.dirname(file) };
  } catch {
    return null;
  }
}
