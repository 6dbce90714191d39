import { UserError } from '../errors.ts';
import type { ConfigFile } from './config-file.ts';
import { nearest } from './nearest.ts';
import { type Path, valueAt } from './problems.ts';
import { MOST_SEEDS, NO_PROFILE, settings } from './settings.ts';

type Data = Readonly<Record<string, unknown>>;

/** The profile of a schedule: a long check, while nobody waits. It is there without being written. */
export const NIGHTLY = 'nightly';

/** Names of the profiles that a file writes itself. */
export function profilesIn({ profiles }: Data): readonly string[] {
  return isMapping(profiles) ? Object.keys(profiles) : [];
}

/**
 * The profile that was asked for; null for none.
 *
 * @throws UserError for one that there is not
 */
export function profileCalled(asked: string | null, file: Pick<ConfigFile, 'value' | 'shown'>): string | null {
  const name = asked?.trim() ?? '';
  if (name === '' || name === NO_PROFILE) return null;
  const known = [...new Set([NIGHTLY, ...profilesIn(file.value)])];
  if (known.includes(name)) return name;
  const near = nearest(name, known);
  const list = `There are ${known.join(', ')}; ${NO_PROFILE} is the config without any.`;
  throw new UserError('unknown-profile', `Option or input \`profile\`: there is no profile ${JSON.stringify(name)} in ${file.shown}.`, near === undefined ? list : `Did you mean \`${near}\`? ${list}`);
}

/** The file's data with what a profile says in place of it: section by section, key by key; everything else, lists too, as a whole. */
export function withProfile(data: Data, name: string | null): Data {
  return name === null ? data : merged(data, written(data, name) ?? (name === NIGHTLY ? longer(data) : {}));
}

/** Where in the file a key stands that counts: in the profile, if it is there, else outside of it. */
export function placeUnder(data: Data, name: string | null, path: Path): Path {
  if (name === null) return path;
  const inProfile = ['profiles', name, ...path];
  return valueAt(data, inProfile) === undefined ? path : inProfile;
}

function written({ profiles }: Data, name: string): Data | null {
  const found = isMapping(profiles) ? profiles[name] : undefined;
  return isMapping(found) ? found : null;
}

function merged(below: Data, above: Data): Data {
  const values = Object.entries(above).map(([key, value]) => [key, isMapping(value) && isMapping(below[key]) ? merged(below[key], value) : value] as const);
  return { ...below, ...Object.fromEntries(values) };
}

/** How many times the seeds: it halves what they leave open, as an interval shrinks with the root of their number. */
const TIMES = 4;

/** All seeds at once, since nobody waits for an early look. */
function longer({ experiment, 'time-limit': limit }: Data): Data {
  const [plan, time] = [settings.shape.experiment.safeParse(experiment), settings.shape['time-limit'].safeParse(limit)];
  // What is wrong there is wrong with the file.
  if (!plan.success || !time.success) return {};
  const { seeds, 'more-seeds': more } = plan.data;
  return {
    experiment: { seeds: Math.min(MOST_SEEDS, Math.max(TIMES * seeds, ...more)), 'more-seeds': [] },
    'time-limit': `${TIMES * Number(time.data.slice(0, -1))}${time.data.slice(-1)}`,
  };
}

function isMapping(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
