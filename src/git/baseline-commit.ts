import { type Credentials, git } from './git.ts';

/** Which code a change is compared with. */
export type BaselineRequest =
  /** The commit in which HEAD left the history of a branch or commit that the user named. */
  | { readonly kind: 'ref'; readonly ref: string }
  /** The code that a pull request would change: the first parent of GitHub's merge commit, else the merge base. */
  | { readonly kind: 'pull-request'; readonly base: string; readonly head: string };

/** Where commits come from that are not here. */
export interface Remote {
  readonly url: string;
  readonly credentials: Credentials | null;
  /** Asks the server for the commit in which two lines of history part; null where it does not say. */
  readonly mergeBase: ((base: string, head: string) => Promise<string | null>) | null;
}

export type BaselineCommit = { readonly commit: string } | { readonly why: string };

const SHA = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/**
 * Finds the commit of the code without this change, and sees to it that it is here, be the clone ever so shallow.
 *
 * @param remote null: what is not here is fetched from `origin`
 * @returns the commit, or in half a sentence why there is none
 */
export async function baselineCommit(root: string, request: BaselineRequest, remote: Remote | null): Promise<BaselineCommit> {
  const found = request.kind === 'ref' ? await commitOfRef(root, request.ref, remote) : await commitOfPullRequest(root, request, remote);
  if ('why' in found || (await isHere(root, found.commit))) return found;
  const fetched = await fetchCommit(root, found.commit, remote);
  return fetched.ok ? found : { why: `commit ${short(found.commit)} is not in this clone and cannot be fetched (${fetched.reason})` };
}

async function commitOfRef(root: string, ref: string, remote: Remote | null): Promise<BaselineCommit> {
  const named = await resolve(root, ref, remote);
  if (named === null) return { why: `there is no commit '${ref}' here` };
  // What others did on that branch since is not part of this change.
  const base = await git(root, ['merge-base', 'HEAD', named]);
  return { commit: base.ok && SHA.test(base.text) ? base.text : named };
}

/** The commit behind a name; a branch that this clone lacks is asked of the remote. */
async function resolve(root: string, ref: string, remote: Remote | null): Promise<string | null> {
  for (const name of [ref, `refs/remotes/origin/${ref}`]) {
    const found = await git(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
    if (found.ok && SHA.test(found.text)) return found.text;
  }
  if (SHA.test(ref)) return ref;
  const listed = await git(root, ['ls-remote', '--exit-code', addressOf(remote), `refs/heads/${ref}`, `refs/tags/${ref}`], remote?.credentials);
  const [commit = ''] = listed.ok ? listed.text.split(/\s/, 1) : [];
  return SHA.test(commit) ? commit : null;
}

async function commitOfPullRequest(root: string, { base, head }: Extract<BaselineRequest, { kind: 'pull-request' }>, remote: Remote | null): Promise<BaselineCommit> {
  if (!SHA.test(base) || !SHA.test(head)) return { why: 'the event does not say which commits the pull request is made of' };
  const checkedOut = await git(root, ['rev-parse', 'HEAD']);
  if (!checkedOut.ok) return { why: checkedOut.reason };
  const parents = await parentsOf(root, checkedOut.text);
  // GitHub merges the head into the tip of the base, which may have moved since the event.
  if (parents.length === 2 && parents[1] === head) return { commit: parents[0]! };
  const local = await git(root, ['merge-base', checkedOut.text, base]);
  if (local.ok && SHA.test(local.text)) return { commit: local.text };
  const told = await remote?.mergeBase?.(base, checkedOut.text);
  return told && SHA.test(told) ? { commit: told } : { why: 'this clone is too shallow to tell where the branch began' };
}

/** As the commit itself says: a shallow clone pretends that it has none. */
async function parentsOf(root: string, commit: string): Promise<readonly string[]> {
  const shown = await git(root, ['cat-file', 'commit', commit]);
  const [headers = ''] = shown.ok ? shown.text.split('\n\n', 1) : [];
  return [...headers.matchAll(/^parent ([0-9a-f]+)$/gm)].map(([, parent]) => parent!);
}

async function isHere(root: string, commit: string): Promise<boolean> {
  return (await git(root, ['cat-file', '-e', `${commit}^{tree}`])).ok;
}

async function fetchCommit(root: string, commit: string, remote: Remote | null) {
  const shallow = await git(root, ['rev-parse', '--is-shallow-repository']);
  // In a whole clone, a depth would cut off the history that is there.
  const depth = shallow.ok && shallow.text === 'true' ? ['--depth=1'] : [];
  const options = ['--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', ...depth];
  return git(root, ['fetch', ...options, addressOf(remote), commit], remote?.credentials);
}

function addressOf(remote: Remote | null): string {
  return remote?.url ?? 'origin';
}

/** A commit as people write it. */
function short(commit: string): string {
  return commit.slice(0, 10);
}
