import { UserError } from '../errors.ts';
import { COMMENT_MODES, type CommentMode } from './comment.ts';

const COMMANDS = ['check', 'merge', 'comment'] as const;

export interface Inputs<OverrideName extends string> extends Surfaces {
  readonly command: (typeof COMMANDS)[number];
  readonly configPath: string | null;
  /** Profile of the config; null: that of the event. */
  readonly profile: string | null;
  /** `i/n`: the part of the runs to measure; null for all of them. */
  readonly shard: string | null;
  /** Folder of shards to merge; null: the artifacts of this run. */
  readonly shards: string | null;
  /** Keys of the config that the workflow overrides. Defaults live in the config's schema, so none is missing here. */
  readonly overrides: Readonly<Partial<Record<OverrideName, string>>>;
}

/** Where the report is to be seen. */
export interface Surfaces {
  /** Empty where the workflow gave none: then there are neither comment nor check run. */
  readonly token: string;
  readonly comment: CommentMode;
  readonly recreateComment: boolean;
  readonly checkRun: boolean;
  readonly artifact: boolean;
}

/**
 * @param getInput that of @actions/core: an input that is not set is an empty string
 * @throws UserError for a value that an input does not take
 */
export function readInputs<const OverrideName extends string>(
  getInput: (name: string) => string,
  overrideNames: readonly OverrideName[],
): Inputs<OverrideName> {
  const one = <const Values extends readonly [string, ...string[]]>(name: string, values: Values): Values[number] => {
    const given = getInput(name) || values[0];
    if (values.includes(given)) return given;
    throw new UserError('bad-input', `Input \`${name}\` cannot be ${JSON.stringify(given)}.`, `It must be one of ${values.join(', ')}.`);
  };
  const given = overrideNames.map((name) => [name, getInput(name)] as const).filter(([, value]) => value !== '');
  const part = getInput('shard') || null;
  if (part !== null && one('command', COMMANDS) !== 'check') {
    throw new UserError('bad-input', 'Input `shard` is for `command: check`.', 'Leave it out where shards are merged.');
  }
  return {
    command: one('command', COMMANDS),
    token: getInput('github-token'),
    configPath: getInput('config') || null,
    profile: getInput('profile').trim() || null,
    shard: part,
    shards: getInput('shards') || null,
    overrides: Object.fromEntries(given) as Partial<Record<OverrideName, string>>,
    comment: one('comment', COMMENT_MODES),
    recreateComment: one('recreate-comment', ['false', 'true']) === 'true',
    checkRun: one('check-run', ['true', 'false']) === 'true',
    artifact: one('artifact', ['true', 'false']) === 'true',
  };
}
