import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { commitAll, run as git, write } from '../git/repository.ts';
import { folderWith } from '../temporary-folder.ts';

const scripts = path.resolve(import.meta.dirname, '../../scripts');

/** A clone of a repository whose main has a commit of version 1.2.3. */
function clone(): string {
  const origin = folderWith({ 'package.json': '{ "version": "1.2.3" }' });
  git(origin, 'init', '--quiet', '--initial-branch=main');
  commitAll(origin, 'first');
  const here = folderWith({});
  git(here, 'clone', '--quiet', origin, 'clone');
  return path.join(here, 'clone');
}

describe('a release', () => {
  const check = (cwd: string, tag: string) => spawnSync(process.execPath, [path.join(scripts, 'release-check.mjs'), tag], { cwd, encoding: 'utf8' });

  test('is taken where tag, version and branch agree', () => {
    expect(check(clone(), 'v1.2.3')).toMatchObject({ status: 0, stderr: '' });
  });

  test.each(['v1.2.4', '1.2.3', 'v1.2.3-beta'])('is refused as %s', (tag) => {
    expect(check(clone(), tag)).toMatchObject({ status: 1, stderr: expect.stringContaining('package.json says 1.2.3') as string });
  });

  test('is refused off main, and with changes that are not committed', () => {
    const root = clone();
    write(root, { 'dist/action.cjs': 'other' });
    expect(check(root, 'v1.2.3').stderr).toMatch(/not committed/);
    commitAll(root, 'not on main');
    expect(check(root, 'v1.2.3').stderr).toMatch(/not on main/);
  });
});

describe.skipIf(process.platform === 'win32')('the branch of a major version', () => {
  /** Runs the script with a gh that writes down what it is asked for. */
  function move(root: string, tag: string): { readonly stdout: string; readonly asked: string } {
    const bin = folderWith({ gh: '#!/bin/sh\necho "$@" >> "$ASKED"\n' });
    chmodSync(path.join(bin, 'gh'), 0o755);
    const asked = path.join(bin, 'asked');
    write(bin, { asked: '' });
    const { stdout, status } = spawnSync(path.join(scripts, 'move-major.sh'), [tag], { cwd: root, encoding: 'utf8', env: { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}`, ASKED: asked, GITHUB_REPOSITORY: 'octo/demo' } });
    expect(status).toBe(0);
    return { stdout, asked: readFileSync(asked, 'utf8') };
  }

  test('is made with the first release, moves on with the next one, and never goes back', () => {
    const root = clone();
    const first = git(root, 'rev-parse', 'HEAD');
    git(root, 'tag', 'v1.2.3');
    expect(move(root, 'v1.2.3').asked.trim()).toBe(`api --silent --method POST repos/octo/demo/git/refs -f ref=refs/heads/v1 -f sha=${first}`);

    git(root, 'update-ref', 'refs/remotes/origin/v1', first);
    const second = commitAll(root, 'second');
    git(root, 'tag', 'v1.3.0');
    expect(move(root, 'v1.3.0').asked.trim()).toBe(`api --silent --method PATCH repos/octo/demo/git/refs/heads/v1 -f sha=${second} -F force=false`);

    git(root, 'update-ref', 'refs/remotes/origin/v1', second);
    expect(move(root, 'v1.2.3')).toMatchObject({ asked: '', stdout: expect.stringContaining('newer release') as string });
  });
});
