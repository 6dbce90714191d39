import path from 'node:path';
import { isUserError } from '../errors.ts';
import { idOf } from './config.ts';
import { findConfig, readConfigFile } from './config-file.ts';
import type { ConfigRequest } from './load-config.ts';
import { placeUnder } from './profiles.ts';
import { valueAt } from './problems.ts';
import { settings } from './settings.ts';

/**
 * The id that the check of this config has, or would have if the config were right: a check that could not run takes
 * the place of its own earlier report. Never throws a UserError.
 */
export function checkIdOf({ cwd, path: given, profile }: Omit<ConfigRequest, 'overrides'>): string {
  const named = path.resolve(cwd, given ?? '.');
  try {
    const entry = findConfig(cwd, given);
    const { config } = leniently(cwd, entry);
    const file = typeof config === 'string' ? findConfig(cwd, path.resolve(path.dirname(entry), config)) : entry;
    const value = leniently(cwd, file);
    return settings.shape.id.safeParse(valueAt(value, placeUnder(value, profile ?? null, ['id']))).data ?? idOf(cwd, path.dirname(file));
  } catch (error) {
    if (!isUserError(error)) throw error;
    return idOf(cwd, path.extname(named) === '' ? named : path.dirname(named));
  }
}

/** What the file says; nothing where it cannot be read. */
function leniently(cwd: string, file: string): Readonly<Record<string, unknown>> {
  try {
    return readConfigFile(cwd, file).value;
  } catch (error) {
    if (!isUserError(error)) throw error;
    return {};
  }
}
