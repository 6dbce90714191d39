import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What git answered, or why it did not. */
export type GitResult = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

/** Who may fetch, from one server alone. */
export interface Credentials {
  readonly token: string;
  /** `https://github.com`, or that of an enterprise server. */
  readonly serverUrl: string;
}

/** Milliseconds: a fetch of one commit takes seconds. */
const PATIENCE = 120_000;
/** Nothing runs beside what was asked for. */
const QUIET = { 'core.hooksPath': '/dev/null', 'core.fsmonitor': 'false', 'gc.auto': '0', 'maintenance.auto': 'false' };
/** In a job's container the checkout has another owner, which git would refuse. */
const OWNED_BY_ANOTHER = { 'safe.directory': '*' };

/**
 * Runs git in a folder. Never through a shell; hooks do not run; nobody is asked for a password.
 *
 * @param credentials handed over by environment variables, which no list of processes and no log shows
 */
export async function git(cwd: string, args: readonly string[], credentials: Credentials | null = null): Promise<GitResult> {
  const settings = { ...QUIET, ...(process.env.GITHUB_ACTIONS === 'true' && OWNED_BY_ANOTHER), ...(credentials && header(credentials)) };
  const environment = { ...process.env, ...asVariables(settings), GIT_TERMINAL_PROMPT: '0', GIT_ADVICE: '0', LC_ALL: 'C' };
  try {
    const { stdout } = await promisify(execFile)('git', args, { cwd, env: environment, maxBuffer: 2 ** 26, timeout: PATIENCE });
    return { ok: true, text: stdout.trim() };
  } catch (error) {
    return { ok: false, reason: reasonOf(error as { code?: unknown; stderr?: string; killed?: boolean }) };
  }
}

function header({ token, serverUrl }: Credentials): Readonly<Record<string, string>> {
  return { [`http.${serverUrl}/.extraheader`]: `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}` };
}

/** Settings that hold for one call (git-config, `GIT_CONFIG_COUNT`); those of the caller's own environment stay. */
function asVariables(settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const before = Number(process.env.GIT_CONFIG_COUNT ?? 0);
  const pairs = Object.entries(settings).flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${before + index}`, key],
    [`GIT_CONFIG_VALUE_${before + index}`, value],
  ]);
  return { ...(Object.fromEntries(pairs) as Record<string, string>), GIT_CONFIG_COUNT: String(before + Object.keys(settings).length) };
}

/** The last line that git wrote, without its prefix. */
function reasonOf({ code, stderr = '', killed }: { code?: unknown; stderr?: string; killed?: boolean }): string {
  if (code === 'ENOENT') return 'git is not installed';
  if (killed) return 'git took too long';
  const lines = stderr.split('\n').filter((line) => /^(fatal|error): /.test(line));
  return lines.at(-1)?.replace(/^(fatal|error): (remote error: )?/, '').replace(/\.$/, '') ?? 'git failed';
}
