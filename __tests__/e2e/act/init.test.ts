import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { commitAll, run as git } from '../../git/repository.ts';
import { folderWith } from '../../temporary-folder.ts';
import { ACTIONS_BOT } from '../fake-github/world.ts';
import { runCommand } from '../run-command.ts';
import { writeTinyTransfer } from '../tiny-transfer.ts';
import { RUNNER } from './tools.ts';
import { test, USES } from './workflow-test.ts';

describe.skipIf(RUNNER === null)('what layer-vitals init writes (npm run e2e:setup)', () => {
  test('runs as it is under a workflow runner, and comments', async ({ github, run }) => {
    const root = folderWith({});
    await writeTinyTransfer(root);
    await rm(path.join(root, 'layer-vitals.yml'));
    git(root, 'init', '--quiet', '--initial-branch=main');
    const { exitCode, stderr } = await runCommand(root, ['init', '--yes', '--normalization', 'minus-one-to-one', '--action', USES]);
    expect(exitCode, stderr).toBe(0);
    commitAll(root, 'first');
    const { outputs, jobs, log } = await run(root, 'layer-vitals.yml');
    expect(Object.keys(jobs), log).toEqual(['layer-vitals/layer-vitals']);
    expect(outputs['1']).toMatchObject({ verdict: expect.stringMatching(/^(pass|fail)$/) as string });
    expect(github.world.by(ACTIONS_BOT)).toHaveLength(1);
  });
});
