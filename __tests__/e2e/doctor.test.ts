import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test as base } from 'vitest';
import { workflowText } from '../../src/setup/workflow-text.ts';
import { commitAll, run as git, write } from '../git/repository.ts';
import { folderWith } from '../temporary-folder.ts';
import { FakeGitHub } from './fake-github/server.ts';
import { pullRequest } from './payloads.ts';
import { runCommand } from './run-command.ts';
import { tinyConfig, writeConfig, writeTinyTransfer } from './tiny-transfer.ts';

/** A repository whose set-up is right. */
async function repository(): Promise<string> {
  const root = folderWith({});
  await writeTinyTransfer(root);
  write(root, { '.github/workflows/layer-vitals.yml': workflowText({ action: 'octo-org/layer-vitals@v1', folder: '', lfs: false }) });
  git(root, 'init', '--quiet');
  commitAll(root, 'first');
  return root;
}

const test = base.extend<{ readonly github: FakeGitHub; readonly job: Readonly<Record<string, string>> }>({
  // eslint-disable-next-line no-empty-pattern -- vitest reads what a fixture needs from this pattern
  github: async ({}, use) => {
    const github = await FakeGitHub.start();
    await use(github);
    await github.stop();
    expect(github.violations).toEqual([]);
  },
  job: async ({ github }, use) => {
    await use({ GITHUB_ACTIONS: 'true', GITHUB_API_URL: github.apiUrl, GITHUB_REPOSITORY: 'Codertocat/Hello-World', GITHUB_SERVER_URL: 'https://github.com', GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: path.join(folderWith({ 'event.json': JSON.stringify(pullRequest({ fork: true }).payload) }), 'event.json') });
  },
});

describe('layer-vitals doctor', () => {
  test('finds nothing wrong with a set-up that is right', async () => {
    const { exitCode, stdout, stderr } = await runCommand(await repository(), ['doctor']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^ok {7}Node \d+/);
    for (const line of ['layer-vitals.yml: a check can begin', '.github/workflows/layer-vitals.yml:21: check on pull_request']) expect(stdout).toContain(`ok       ${line}\n`);
    expect(stdout).toMatch(/\nNothing is wrong\.\n$/);
  });

  test('says what is wrong, each in one line with the way out, and fails', async () => {
    const root = await repository();
    await writeConfig(root, { ...tinyConfig(), input: { normalization: 'imagnet' } });
    await rm(path.join(root, '.github'), { recursive: true });
    const { exitCode, stdout } = await runCommand(root, ['doctor']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^error {4}layer-vitals\.yml:\d+:\d+: .*imagnet.* {2}Did you mean|^error {4}layer-vitals\.yml:\d+:\d+: .*imagnet/m);
    expect(stdout).toMatch(/^warning {2}No workflow runs layer-vitals\. Write one with `layer-vitals init`\.$/m);
    expect(stdout).toMatch(/\n1 error, 1 warning\.\n$/);
  });

  test('looks at the images and the model, too', async () => {
    const root = await repository();
    await writeFile(path.join(root, 'model/weights.bin'), 'version https://git-lfs.github.com/spec/v1\n');
    const { exitCode, stdout } = await runCommand(root, ['doctor']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^error {4}model\/weights\.bin: a Git LFS pointer/m);
  });

  test('in a job makes annotations, and asks GitHub what it says to the token', async ({ job }) => {
    const root = await repository();
    await writeConfig(root, { ...tinyConfig(), input: { normalization: 'imagnet' } });
    const { exitCode, stdout } = await runCommand(root, ['doctor'], { env: { ...job, GITHUB_TOKEN: 'ghs_read' } });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^::error title=layer-vitals doctor,file=layer-vitals\.yml,line=\d+::.*imagnet/m);
    expect(stdout).toMatch(/^ok {7}GitHub takes the token for Codertocat\/Hello-World$/m);
    expect(stdout).toMatch(/^note {5}The token may only read, as the pull request comes from a fork/m);
  });

  test('in a job says that a token is refused, or that none was looked at', async ({ job }) => {
    const root = await repository();
    const refused = await runCommand(root, ['doctor'], { env: { ...job, GITHUB_TOKEN: 'ghs_nobody' } });
    expect(refused.exitCode).toBe(1);
    expect(refused.stdout).toMatch(/^error {4}GitHub refuses the token/m);
    expect((await runCommand(root, ['doctor'], { env: job })).stdout).toMatch(/^note {5}The token of the job was not looked at/m);
  });

  test('could not run is said in one line', async () => {
    expect(await runCommand(folderWith({}), ['doctor', '--config'])).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
