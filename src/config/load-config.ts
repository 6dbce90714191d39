import path from 'node:path';
import { type Config, configOf } from './config.ts';
import { type ConfigFile, errorOf, findConfig, readConfigFile } from './config-file.ts';
import { inconsistencies } from './consistency.ts';
import { overrideOrigin, type Overrides, withOverrides } from './overrides.ts';
import { type Problem, problemsOf } from './problems.ts';
import { placeUnder, profileCalled, profilesIn, withProfile } from './profiles.ts';
import { pointer, type Settings, settings } from './settings.ts';

export interface ConfigRequest {
  /** Absolute path of the folder in which the user works. */
  readonly cwd: string;
  /** A config file, or a folder that holds one; null looks in `cwd`. */
  readonly path: string | null;
  /** Name of a profile; blank and `none`: the config without one. */
  readonly profile?: string | null;
  readonly overrides: Overrides;
}

/**
 * What the user asked for: the file, a profile of it, the overrides and the defaults made one.
 *
 * @throws UserError, one line with file, line and column, for anything that the user has to mend
 */
export function loadConfig({ cwd, path: given, profile: asked, overrides }: ConfigRequest): Config {
  const { entry, file } = readSettings({ cwd, path: given });
  const profile = profileCalled(asked ?? null, file);
  const found = settingsOf(withOverrides(withProfile(file.value, profile), overrides));
  if ('problems' in found) throw errorOf(placed(found.problems, file, profile, overrides), file, (place) => overrideOrigin(overrides, place));
  requireOtherProfiles(file, profile);
  return configOf(found.settings, { file: file.path, shown: entry.shown, cwd, profile });
}

function settingsOf(data: unknown): { readonly settings: Settings } | { readonly problems: readonly Problem[] } {
  const parsed = settings.safeParse(data);
  if (!parsed.success) return { problems: problemsOf(parsed.error.issues, data) };
  const problems = inconsistencies(parsed.data, data);
  return problems.length > 0 ? { problems } : { settings: parsed.data };
}

/** Problems where they stand in the file; what a profile says is judged by itself and put in its place, and is told once. */
function placed(problems: readonly Problem[], file: ConfigFile, profile: string | null, overrides: Overrides): readonly Problem[] {
  const inFile = problems.map((problem) => ({ ...problem, path: overrideOrigin(overrides, problem.path) === undefined ? placeUnder(file.value, profile, problem.path) : problem.path }));
  return [...new Map(inFile.map((problem) => [JSON.stringify(problem.path), problem])).values()];
}

/**
 * Profiles that nobody asks for now: what is wrong with one should not wait for the night.
 *
 * @throws UserError for the first thing that is wrong with one and not with the file itself
 */
function requireOtherProfiles(file: ConfigFile, current: string | null): void {
  const problemsUnder = (profile: string | null) => {
    const found = settingsOf(withProfile(file.value, profile));
    return 'problems' in found ? found.problems : [];
  };
  const known = new Set(problemsUnder(null).map(({ what }) => what));
  for (const profile of profilesIn(file.value).filter((name) => name !== current)) {
    const problems = problemsUnder(profile).filter(({ what }) => !known.has(what));
    const named = problems.map((problem) => ({ ...problem, what: `With profile ${profile}: ${problem.what}` }));
    if (named.length > 0) throw errorOf(placed(named, file, profile, {}), file);
  }
}

/**
 * The file that was named or found, and the one that holds the settings: another one where the first leads to it.
 *
 * @throws UserError where either cannot be read
 */
export function readSettings({ cwd, path: given }: Pick<ConfigRequest, 'cwd' | 'path'>): { readonly entry: ConfigFile; readonly file: ConfigFile } {
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
