import { execFileSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { REPOSITORY } from '../run-action.ts';

/** The action as a runner downloads it: what `git archive` leaves of this checkout, changed files included. */
export async function publishedAction(scratch: string): Promise<string> {
  const folder = await mkdtemp(path.join(scratch, 'action-'));
  const git = (...args: string[]) => execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'safe.directory=*', ...args], { cwd: REPOSITORY, maxBuffer: 2 ** 28 });
  const changed = git('stash', 'create').toString().trim();
  execFileSync('tar', ['-x', '-C', folder], { input: git('archive', changed || 'HEAD') });
  return folder;
}
