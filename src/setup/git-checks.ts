import { git } from '../git/git.ts';
import { repositoryAround } from '../git/worktree.ts';
import { fine, note, type Remark, warning } from './remark.ts';

/** Whether the code without a change can be found, which the check compares with. */
export async function gitRemarks(cwd: string): Promise<readonly Remark[]> {
  const version = await git(cwd, ['--version']);
  if (!version.ok) return [warning('git is not installed: nothing can be compared with the code without a change.', 'Install git.')];
  if ((await repositoryAround(cwd)) === null) return [note('There is no git repository here: nothing can be compared with the code without a change.')];
  const shallow = await git(cwd, ['rev-parse', '--is-shallow-repository']);
  if (!(shallow.ok && shallow.text === 'true')) return [fine(`${version.text.replace(' version', '')}, with the whole history`)];
  const remote = await git(cwd, ['remote', 'get-url', 'origin']);
  if (remote.ok) return [note('This clone is shallow: the one commit that is compared with is fetched from origin when it is needed.')];
  return [warning('This clone is shallow and has no remote: the commit that is compared with cannot be fetched.', 'Clone with the whole history (`fetch-depth: 0`), or add the remote `origin`.')];
}
