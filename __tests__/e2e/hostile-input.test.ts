import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test as base } from 'vitest';
import { commitAll, run as git } from '../git/repository.ts';
import { FakeGitHub } from './fake-github/server.ts';
import { pullRequest } from './payloads.ts';
import { runAction, type Step, type StepResult } from './run-action.ts';
import { tinyCheck } from './tiny-check.ts';

let scratch: string;
let workspace: string;
beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'layer-vitals-hostile-'));
  workspace = await tinyCheck(scratch, 'pass');
  git(workspace, 'init', '--quiet', '--initial-branch=main');
  commitAll(workspace, 'first');
});
afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

const test = base.extend<{ readonly github: FakeGitHub; readonly run: (step: Partial<Step>) => Promise<StepResult> }>({
  // eslint-disable-next-line no-empty-pattern -- vitest reads what a fixture needs from this pattern
  github: async ({}, use) => {
    const github = await FakeGitHub.start();
    await use(github);
    await github.stop();
    expect(github.violations).toEqual([]);
  },
  run: async ({ github }, use) => {
    await use((step) => runAction({ scratch, node: process.env.LAYER_VITALS_NODE24 ?? process.execPath, workspace, ...pullRequest(), token: 'ghs_write', apiUrl: github.apiUrl, ...step }));
  },
});

test.for(['--upload-pack=touch pwned', '-uecho', '$(touch pwned)'])('a baseline that looks like an option or a command is refused in one line: %s', async (baseline, { run }) => {
  const { exitCode, annotations } = await run({ inputs: { baseline }, token: '' });
  expect(exitCode).toBe(1);
  expect(annotations.at(-1)!.message).toMatch(/could not run \([a-z-]+\): .*baseline/);
  expect(existsSync(path.join(workspace, 'pwned'))).toBe(false);
});

test('commits of an event that look like an option are told to be none', async ({ run }) => {
  const { exitCode, summary } = await run(pullRequest({ commits: { base: '--upload-pack=touch pwned', head: '--exec' } }));
  expect(exitCode).toBe(0);
  expect(summary).toContain('the event does not say which commits the pull request is made of');
  expect(existsSync(path.join(workspace, 'pwned'))).toBe(false);
});

test('an event without a pull request is checked, and said to have none', async ({ github, run }) => {
  const { exitCode, log } = await run({ payload: {} });
  expect(exitCode).toBe(0);
  expect(log).toMatch(/^No comment and no check run: the event `pull_request` names no pull request\.$/m);
  expect(github.log).toEqual([]);
});
