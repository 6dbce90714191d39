import path from 'node:path';
import { type Config, configOf } from './config.ts';
import { type ConfigFile, errorOf, findConfig, readConfigFile } from './config-file.ts';
import { inconsistencies } from './consistency.ts';
import { overrideOrigin, type Overrides, withOverrides } from './overrides.ts';
import { type Problem, problemsOf } from './problems.ts';
import { pointer, settings } from './settings.ts';

export interface ConfigRequest {
  /** Absolute path of the folder in which the user works. */
  readonly cwd: string;
  /** A config file, or a folder that holds one; null looks in `cwd`. */
  readonly path: string | null;
  readonly overrides: Overrides;
}

/**
 * What the user asked for: the file, the overrides and the defaults made one.
 *
 * @throws UserError, one line with file, line and column, for anything that the user has to mend
 */
export function loadConfig({ cwd, path: given, overrides }: ConfigRequest): Config {
  const { entry, file } = readSettings({ cwd, path: given });
  const data = withOverrides(file.value, overrides);
  const error = (problems: readonly Problem[]) => errorOf(problems, file, (place) => overrideOrigin(overrides, place));

  const parsed = settings.safeParse(data);
  if (!parsed.success) throw error(problemsOf(parsed.error.issues, data));
  const contradictions = inconsistencies(parsed.data, data);
  if (contradictions.length > 0) throw error(contradictions);
  return configOf(parsed.data, { file: file.path, shown: entry.shown, cwd });
}

/**
 * The file that was named or found, and the one that holds the settings: another one where the first leads to it.
 *
 * @throws UserError where either cannot be read
 */
export function readSettings({ cwd, path: given }: Omit<ConfigRequest, 'overrides'>): { readonly entry: ConfigFile; readonly file: ConfigFile } {
  const entry = readConfigFile(cwd, findConfig(cwd, given));
  return { entry, file: 'config' in entry.value ? follow(cwd, entry) : entry };
}

/** Reads the config that another one points to. */
function follow(cwd: string, entry: ConfigFile): ConfigFile {
  const beside = Object.keys(entry.value).filter((key) => !(key in pointer.shape));
  if (beside.length > 0) {
    throw errorOf(
      beside.map((key) => ({
        path: [key],
        at: 'key',
        code: 'unknown-key',
        what: `Key \`${key}\` stands beside \`config\`.`,
        fix: 'A file that points to another config holds `config` alone.',
      })),
      entry,
    );
  }
  const parsed = pointer.safeParse(entry.value);
  if (!parsed.success) throw errorOf(problemsOf(parsed.error.issues, entry.value), entry);

  const file = readConfigFile(cwd, findConfig(cwd, path.resolve(path.dirname(entry.path), parsed.data.config)));
  if ('config' in file.value) {
    throw errorOf(
      [
        {
          path: ['config'],
          at: 'key',
          code: 'pointer-chain',
          what: `\`config\` leads on from here, but ${entry.shown} has led here already.`,
          fix: 'Let the first file point to the settings themselves.',
        },
      ],
      file,
    );
  }
  return file;
}
