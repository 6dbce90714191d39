import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Nobody's settings but these. */
const ENVIRONMENT = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
};

export function run(cwd: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd, env: ENVIRONMENT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

export function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), content);
  }
}

/** Commits all that is in the working tree. Returns the commit. */
export function commitAll(root: string, message: string): string {
  run(root, 'add', '--all');
  run(root, 'commit', '--quiet', '--allow-empty', '-m', message);
  return run(root, 'rev-parse', 'HEAD');
}

export interface PullRequest {
  /** Where the branch began. */
  readonly began: string;
  /** Tip of the base branch, with a commit of somebody else. */
  readonly base: string;
  readonly head: string;
  /** What GitHub makes of both. */
  readonly merge: string;
}

/** Makes a repository with a branch `change` that began before somebody else's last commit on `main`. */
export function withPullRequest(root: string, change: (root: string) => void, others: (root: string) => void = (at) => { write(at, { 'others.txt': 'theirs' }); }): PullRequest {
  run(root, 'init', '--quiet', '--initial-branch=main');
  // As GitHub's servers allow it.
  run(root, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  const began = commitAll(root, 'first');
  run(root, 'checkout', '--quiet', '-b', 'change');
  change(root);
  const head = commitAll(root, 'change');
  run(root, 'checkout', '--quiet', 'main');
  others(root);
  const base = commitAll(root, 'somebody else');
  run(root, 'checkout', '--quiet', '--detach', 'main');
  run(root, 'merge', '--quiet', '--no-ff', '-m', 'merge', 'change');
  const merge = run(root, 'rev-parse', 'HEAD');
  run(root, 'update-ref', 'refs/pull/1/merge', merge);
  run(root, 'checkout', '--quiet', 'main');
  return { began, base, head, merge };
}

/** What actions/checkout leaves: one commit, and no way to fetch more without a token. */
export function shallowCheckout(target: string, url: string, commit: string): void {
  mkdirSync(target, { recursive: true });
  run(target, 'init', '--quiet');
  run(target, 'remote', 'add', 'origin', url);
  run(target, 'fetch', '--quiet', '--no-tags', '--depth=1', url, commit);
  run(target, 'checkout', '--quiet', '--detach', commit);
}
