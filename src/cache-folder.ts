import { homedir } from 'node:os';
import path from 'node:path';

/** Names the folder, or switches the cache off. */
const VARIABLE = 'LAYER_VITALS_CACHE';

/**
 * Where results of frozen networks are kept between checks: what `LAYER_VITALS_CACHE` says, else a folder of our own
 * where this system keeps what can be computed again (on Linux by the XDG Base Directory Specification 0.8).
 *
 * @returns absolute path of a folder that may not exist yet; null where the variable is `off`, or there is no home
 */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env, system: NodeJS.Platform = process.platform): string | null {
  const chosen = environment[VARIABLE]?.trim();
  if (chosen === 'off') return null;
  return chosen ? path.resolve(chosen) : ownCacheFolder(environment, system);
}

/** Our folder among the user's caches; null where there is no home. */
export function ownCacheFolder(environment: NodeJS.ProcessEnv = process.env, system: NodeJS.Platform = process.platform): string | null {
  const parent = system === 'win32' ? environment.LOCALAPPDATA : (xdgCacheHome(environment) ?? belowHome('.cache'));
  return parent ? path.join(parent, 'layer-vitals') : null;
}

/** The specification wants relative paths ignored. */
function xdgCacheHome({ XDG_CACHE_HOME: folder }: NodeJS.ProcessEnv): string | null {
  return folder && path.isAbsolute(folder) ? folder : null;
}

function belowHome(name: string): string | null {
  try {
    return path.join(homedir(), name);
  } catch {
    // A user that the system does not know.
    return null;
  }
}
