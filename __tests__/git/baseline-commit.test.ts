import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { baselineCommit, type Remote } from '../../src/git/baseline-commit.ts';
import { checkOut, counterpart, headCommit, repositoryAround } from '../../src/git/worktree.ts';
import { folderWith } from '../temporary-folder.ts';
import { type GitServer, serveGit } from './git-server.ts';
import { commitAll, run, shallowCheckout, withPullRequest, write } from './repository.ts';

vi.setConfig({ testTimeout: 60_000 });

const MISSING = '0123456789012345678901234567890123456789';

function repository() {
  const root = folderWith({ 'code.txt': 'one' });
  return { root, pull: withPullRequest(root, (at) => { write(at, { 'code.txt': 'two' }); }) };
}

function from(root: string): Remote {
  return { url: pathToFileURL(root).href, credentials: null, mergeBase: null };
}

/** A shallow checkout of one commit of a repository. */
function checkout(root: string, commit: string): string {
  const target = path.join(folderWith({}), 'checkout');
  shallowCheckout(target, pathToFileURL(root).href, commit);
  return target;
}

describe('on a pull request', () => {
  test('the baseline of a merge commit is its first parent, at fetch-depth 1 as well', async () => {
    const { root, pull } = repository();
    const request = { kind: 'pull-request', base: pull.began, head: pull.head } as const;
    run(root, 'checkout', '--quiet', '--detach', pull.merge);
    expect(await baselineCommit(root, request, null)).toEqual({ commit: pull.base });

    const shallow = checkout(root, pull.merge);
    expect(await baselineCommit(shallow, request, from(root))).toEqual({ commit: pull.base });
    expect(run(shallow, 'show', `${pull.base}:others.txt`)).toBe('theirs');
    expect(run(shallow, 'show', `${pull.base}:code.txt`)).toBe('one');
  });

  test('where the head itself is checked out, it is the merge base', async () => {
    const { root, pull } = repository();
    run(root, 'checkout', '--quiet', 'change');
    expect(await baselineCommit(root, { kind: 'pull-request', base: pull.base, head: pull.head }, null)).toEqual({ commit: pull.began });
  });

  test('of a shallow head, the server is asked for it', async () => {
    const { root, pull } = repository();
    const shallow = checkout(root, pull.head);
    const request = { kind: 'pull-request', base: pull.base, head: pull.head } as const;
    const asked: string[][] = [];
    const mergeBase = (...commits: string[]) => {
      asked.push(commits);
      return Promise.resolve(pull.began);
    };
    expect(await baselineCommit(shallow, request, { ...from(root), mergeBase })).toEqual({ commit: pull.began });
    expect(asked).toEqual([[pull.base, pull.head]]);
    expect(run(shallow, 'show', `${pull.began}:code.txt`)).toBe('one');

    expect(await baselineCommit(shallow, request, from(root))).toEqual({ why: 'this clone is too shallow to tell where the branch began' });
    const told = (answer: string) => baselineCommit(shallow, request, { ...from(root), mergeBase: () => Promise.resolve(answer) });
    expect(await told('--upload-pack=touch pwned')).toEqual({ why: 'this clone is too shallow to tell where the branch began' });
  });

  test.each(['--upload-pack=touch pwned', 'main', '', `${MISSING}\n--exec`])('a commit that is none is not handed to git: %j', async (hostile) => {
    const { root, pull } = repository();
    for (const request of [{ base: hostile, head: pull.head }, { base: pull.base, head: hostile }]) {
      expect(await baselineCommit(root, { kind: 'pull-request', ...request }, null)).toEqual({ why: 'the event does not say which commits the pull request is made of' });
    }
    expect(readdirSync(root)).not.toContain('pwned');
  });

  test('a commit that nobody has is said', async () => {
    const { root, pull } = repository();
    const shallow = checkout(root, pull.merge);
    expect(await baselineCommit(shallow, { kind: 'pull-request', base: pull.base, head: pull.head }, { ...from(path.join(root, 'nowhere')), mergeBase: null })).toEqual({
      why: expect.stringMatching(/^commit [0-9a-f]{10} is not in this clone and cannot be fetched \(.+\)$/) as string,
    });
  });
});

describe('of a name', () => {
  test('it is where HEAD left that history', async () => {
    const { root, pull } = repository();
    run(root, 'checkout', '--quiet', 'change');
    for (const ref of ['main', pull.base, pull.began, 'HEAD~1']) expect(await baselineCommit(root, { kind: 'ref', ref }, null)).toEqual({ commit: pull.began });
    expect(await baselineCommit(root, { kind: 'ref', ref: 'change' }, null)).toEqual({ commit: pull.head });
  });

  test('a branch that a shallow clone lacks is fetched', async () => {
    const { root, pull } = repository();
    const shallow = checkout(root, pull.head);
    expect(await baselineCommit(shallow, { kind: 'ref', ref: 'main' }, null)).toEqual({ commit: pull.base });
    expect(run(shallow, 'show', `${pull.base}:others.txt`)).toBe('theirs');
    expect(run(shallow, 'rev-parse', 'HEAD')).toBe(pull.head);
    expect(await baselineCommit(shallow, { kind: 'ref', ref: 'nowhere' }, null)).toEqual({ why: "there is no commit 'nowhere' here" });
    expect(await baselineCommit(shallow, { kind: 'ref', ref: MISSING }, null)).toEqual({ why: expect.stringContaining('cannot be fetched') as string });
  });

  test('a whole clone stays whole', async () => {
    const { root } = repository();
    const clone = path.join(folderWith({}), 'clone');
    run(root, 'clone', '--quiet', '--single-branch', '--branch', 'main', pathToFileURL(root).href, clone);
    run(root, 'checkout', '--quiet', 'main');
    write(root, { 'later.txt': 'later' });
    const later = commitAll(root, 'later');
    expect(await baselineCommit(clone, { kind: 'ref', ref: later }, null)).toEqual({ commit: later });
    expect(run(clone, 'rev-parse', '--is-shallow-repository')).toBe('false');
    expect(Number(run(clone, 'rev-list', '--count', 'HEAD'))).toBe(2);
  });
});

describe('a server that wants a token', () => {
  let server: GitServer;
  let root: string;
  beforeEach(async () => {
    root = folderWith({ 'code.txt': 'one' });
    server = await serveGit(root, 'ghs_secret');
  });
  afterEach(() => server.close());

  test('gives the commit to the action, whose checkout keeps none; the token is in no command line, file or message', async () => {
    const pull = withPullRequest(root, (at) => { write(at, { 'code.txt': 'two' }); });
    run(root, 'update-server-info');
    const shallow = path.join(folderWith({}), 'checkout');
    shallowCheckout(shallow, pathToFileURL(root).href, pull.merge);
    run(shallow, 'remote', 'set-url', 'origin', server.url);
    const request = { kind: 'pull-request', base: pull.base, head: pull.head } as const;
    const without = await baselineCommit(shallow, request, null);
    expect(without).toEqual({ why: expect.stringContaining('cannot be fetched') as string });

    const credentials = { token: 'ghs_secret', serverUrl: server.origin };
    expect(await baselineCommit(shallow, request, { url: server.url, credentials, mergeBase: null })).toEqual({ commit: pull.base });
    expect(run(shallow, 'show', `${pull.base}:others.txt`)).toBe('theirs');
    expect(server.refused).toBeGreaterThan(0);
    expect(readFileSync(path.join(shallow, '.git', 'config'), 'utf8')).not.toContain('extraheader');
    const wrong = await baselineCommit(shallow, { kind: 'ref', ref: MISSING }, { url: server.url, credentials: { ...credentials, token: 'ghs_wrong' }, mergeBase: null });
    expect(JSON.stringify(wrong)).not.toMatch(/ghs_|AUTHORIZATION/i);
  });
});

describe('a worktree', () => {
  test('holds the code of its commit beside the working tree, and leaves nothing behind', async () => {
    const { root, pull } = repository();
    write(root, { 'code.txt': 'not committed', '.git/hooks/post-checkout': '#!/bin/sh\ntouch pwned\n' });
    run(root, 'config', 'core.hooksPath', path.join(root, '.git', 'hooks'));
    const worktree = await checkOut(root, pull.began, null);
    if ('why' in worktree) throw new Error(worktree.why);
    expect(readFileSync(path.join(worktree.root, 'code.txt'), 'utf8')).toBe('one');
    expect(readFileSync(path.join(root, 'code.txt'), 'utf8')).toBe('not committed');
    expect(existsSync(path.join(worktree.root, 'pwned'))).toBe(false);
    await worktree.remove();
    expect(existsSync(worktree.root)).toBe(false);
    expect(run(root, 'worktree', 'list').split('\n')).toHaveLength(1);
    expect(await checkOut(root, MISSING, null)).toEqual({ why: expect.stringContaining('cannot be checked out') as string });
  });

  test('has the same folders in the same places', async () => {
    const { root, pull } = repository();
    mkdirSync(path.join(root, 'deep/er'), { recursive: true });
    expect(await repositoryAround(path.join(root, 'deep/er'))).toBe(root);
    expect(await counterpart(root, '/other', path.join(root, 'deep/er'))).toBe('/other/deep/er');
    expect(await counterpart(root, '/other', root)).toBe('/other');
    expect(await counterpart(root, '/other', path.dirname(root))).toBeNull();
    expect(await headCommit(root)).toBe(pull.base);
    expect(await repositoryAround(folderWith({}))).toBeNull();
  });
});
