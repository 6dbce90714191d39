import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test as base } from 'vitest';
import { commitAll, run as git } from '../../git/repository.ts';
import { FakeArtifactService } from '../fake-github/artifact-service.ts';
import { FakeGitHub } from '../fake-github/server.ts';
import { pullRequest } from '../payloads.ts';
import { tinyCheck, type Ending } from '../tiny-check.ts';
import { OWNER } from './documented-workflows.ts';
import { publishedAction } from './published-action.ts';
import { runAct, type Workflow, type WorkflowResult } from './run-act.ts';

/** How workflows of a user name the action. */
export const USES = `${OWNER}/layer-vitals@v1`;

/** A repository of a user with workflows in it, by the names of their files. */
export async function repositoryWith(scratch: string, ending: Ending, workflows: Readonly<Record<string, string>>): Promise<string> {
  const root = await tinyCheck(scratch, ending);
  await addWorkflows(root, workflows);
  git(root, 'init', '--quiet', '--initial-branch=main');
  commitAll(root, 'first');
  return root;
}

export async function addWorkflows(root: string, workflows: Readonly<Record<string, string>>): Promise<void> {
  const folder = path.join(root, '.github/workflows');
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(workflows)) await writeFile(path.join(folder, name), text);
}

interface Fixtures {
  readonly scratch: string;
  readonly action: string;
  readonly github: FakeGitHub;
  readonly artifacts: FakeArtifactService;
  /** Runs a workflow of a repository, on a push to a pull request where nothing else is said. */
  readonly run: (repository: string, file: string, more?: Partial<Workflow>) => Promise<WorkflowResult>;
}

export const test = base.extend<Fixtures>({
  scratch: [
    // eslint-disable-next-line no-empty-pattern -- vitest reads what a fixture needs from this pattern
    async ({}, use) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'layer-vitals-act-'));
      await use(folder);
      await rm(folder, { recursive: true, force: true });
    },
    { scope: 'file' },
  ],
  action: [
    async ({ scratch }, use) => {
      await use(await publishedAction(scratch));
    },
    { scope: 'file' },
  ],
  // eslint-disable-next-line no-empty-pattern -- vitest reads what a fixture needs from this pattern
  github: async ({}, use) => {
    const github = await FakeGitHub.start();
    await use(github);
    await github.stop();
    expect(github.violations).toEqual([]);
  },
  // eslint-disable-next-line no-empty-pattern -- vitest reads what a fixture needs from this pattern
  artifacts: async ({}, use) => {
    const service = await FakeArtifactService.start();
    await use(service);
    await service.stop();
  },
  run: async ({ scratch, action, github }, use) => {
    await use((repository, file, more = {}) =>
      runAct({ scratch, repository, file: `.github/workflows/${file}`, ...pullRequest(), token: 'ghs_write', apiUrl: github.apiUrl, actions: { [USES]: action }, ...more }),
    );
  },
});
