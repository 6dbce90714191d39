import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Credentials, git } from './git.ts';

/** Absolute path of the repository's working tree around a folder; null where there is none. */
export async function repositoryAround(folder: string): Promise<string | null> {
  const root = await git(folder, ['rev-parse', '--show-toplevel']);
  return root.ok ? path.resolve(root.text) : null;
}

/** The commit that is checked out; null outside of a repository. */
export async function headCommit(folder: string): Promise<string | null> {
  const head = await git(folder, ['rev-parse', '--verify', '--quiet', 'HEAD']);
  return head.ok ? head.text : null;
}

/** A commit's files in a folder of their own. */
export interface Worktree {
  readonly root: string;
  /** Removes the folder, and what the repository knows of it. */
  readonly remove: () => Promise<void>;
}

/**
 * Checks a commit out beside the working tree, which stays as it is.
 *
 * @returns the folder, or why there is none
 */
export async function checkOut(repository: string, commit: string, credentials: Credentials | null): Promise<Worktree | { readonly why: string }> {
  const parent = await realpath(await mkdtemp(path.join(tmpdir(), 'layer-vitals-baseline-')));
  const root = path.join(parent, 'code');
  const remove = async () => {
    await git(repository, ['worktree', 'remove', '--force', root]);
    await rm(parent, { recursive: true, force: true });
  };
  const added = await git(repository, ['worktree', 'add', '--quiet', '--detach', root, commit], credentials);
  if (added.ok) return { root, remove };
  await remove();
  return { why: `its code cannot be checked out (${added.reason})` };
}

/** Where a folder or file of the repository lies in another working tree of it; null for one outside. */
export async function counterpart(repository: string, worktree: string, file: string): Promise<string | null> {
  const [from, to] = await Promise.all([realpath(repository), realpath(file).catch(() => file)]);
  const relative = path.relative(from, to);
  return relative.startsWith('..') || path.isAbsolute(relative) ? null : path.join(worktree, relative);
}
