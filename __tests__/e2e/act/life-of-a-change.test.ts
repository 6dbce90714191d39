import { mkdtemp, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, vi } from 'vitest';
import { run as git, commitAll, type PullRequest, withPullRequest, write } from '../../git/repository.ts';
import { ACTIONS_BOT } from '../fake-github/world.ts';
import { mergeGroup, pullRequest, push } from '../payloads.ts';
import { tinyCheck } from '../tiny-check.ts';
import { DOCUMENTED } from './documented-workflows.ts';
import { RUNNER } from './tools.ts';
import { addWorkflows, repositoryWith, test, USES } from './workflow-test.ts';

vi.setConfig({ testTimeout: 120_000 });

const WORKFLOWS = {
  'check.yml': `on:
  pull_request:
  merge_group:
  push: { branches: [master] }
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd
      - uses: ${USES}
`,
  'ready.yml': DOCUMENTED.find(({ text }) => text.includes('pull_request.draft'))!.text,
};

async function repository(scratch: string): Promise<{ readonly root: string; readonly commits: PullRequest }> {
  const root = await tinyCheck(scratch, 'pass');
  await addWorkflows(root, WORKFLOWS);
  const commits = withPullRequest(root, (at) => { write(at, { 'README.md': 'changed' }); });
  return { root, commits };
}

function checkOut(root: string, commit: string): void {
  git(root, 'checkout', '--quiet', '--detach', commit);
}

/** Another pull request, which changes the check itself. */
async function withChangedCheck(root: string, base: string): Promise<{ readonly base: string; readonly head: string; readonly merge: string }> {
  git(root, 'checkout', '--quiet', '-b', 'other', base);
  const config = await readFile(path.join(root, 'layer-vitals.yml'), 'utf8');
  write(root, { 'layer-vitals.yml': config.replace('batch-size: 4', 'batch-size: 3') });
  const head = commitAll(root, 'another batch size');
  checkOut(root, base);
  git(root, 'merge', '--quiet', '--no-ff', '-m', 'merge', 'other');
  return { base, head, merge: git(root, 'rev-parse', 'HEAD') };
}

describe.skipIf(RUNNER === null)('from the branch through the queue to the base (npm run e2e:setup)', () => {
  test('what a push to the base branch has measured is the baseline of what comes after, and is not computed again', async ({ scratch, github, run }) => {
    const { root, commits } = await repository(scratch);
    const environment = { LAYER_VITALS_CACHE: await mkdtemp(path.join(scratch, 'cache-')) };

    checkOut(root, commits.base);
    const pushed = await run(root, 'check.yml', { ...push(commits.base), environment });
    expect(Object.values(pushed.jobs), pushed.log).toEqual(['success']);
    expect(pushed.log).toContain('training: ');
    expect(github.log).toEqual([]);

    checkOut(root, commits.merge);
    const untouched = await run(root, 'check.yml', { ...pullRequest({ commits }), environment });
    expect(untouched.exitCode, untouched.log).toBe(0);
    const [comment] = github.world.by(ACTIONS_BOT);
    expect(comment!.body).toContain(`does not touch what is checked: the same config, model and data as in commit \`${commits.base.slice(0, 10)}\``);
    expect(comment!.body).toContain('measured before: nothing that matters has changed since');
    expect(untouched.log).not.toContain('training: ');

    const queued = await run(root, 'check.yml', { ...mergeGroup(commits), environment });
    expect(queued.summary).toContain(`does not touch what is checked: the same config, model and data as in commit \`${commits.base.slice(0, 10)}\``);
    expect(queued.log).not.toContain('training: ');

    const other = await withChangedCheck(root, commits.base);
    const changed = await run(root, 'check.yml', { ...pullRequest({ commits: other }), environment });
    expect(comment!.body).toContain(`This change, against commit \`${other.base.slice(0, 10)}\``);
    expect(changed.log).toContain('training: ');
    expect(changed.log).not.toContain('baseline: training: ');
    // Nothing that was kept: both sides are computed, with the same figures.
    const before = changesIn(comment!.body);
    const alone = await run(root, 'check.yml', pullRequest({ commits: other }));
    expect(alone.log).toContain('baseline: training: ');
    expect(changesIn(comment!.body)).toEqual(before);
  });

  test('a group of the merge queue is compared with the commit on which it stands, and nobody is commented', async ({ scratch, github, run }) => {
    const { root, commits } = await repository(scratch);
    const other = await withChangedCheck(root, commits.merge);
    const { jobs, summary, log } = await run(root, 'check.yml', mergeGroup(other));
    expect(Object.values(jobs), log).toEqual(['success']);
    expect(summary).toContain(`This change, against commit \`${commits.merge.slice(0, 10)}\``);
    expect(github.world.comments).toEqual([]);
  });

  test.for(['opened', 'synchronize', 'ready_for_review'] as const)('a pull request is commented when it is %s, a draft too', async (action, { scratch, github, run }) => {
    const { exitCode, log } = await run(await repositoryWith(scratch, 'pass', WORKFLOWS), 'check.yml', pullRequest({ action, draft: action !== 'ready_for_review' }));
    expect(exitCode, log).toBe(0);
    expect(github.world.by(ACTIONS_BOT)).toHaveLength(1);
  });

  test('the documented job that leaves drafts out does nothing until the pull request is ready', async ({ scratch, github, run }) => {
    const root = await repositoryWith(scratch, 'pass', WORKFLOWS);
    for (const action of ['opened', 'synchronize'] as const) expect(await run(root, 'ready.yml', pullRequest({ action, draft: true }))).toMatchObject({ exitCode: 0, jobs: {} });
    expect(github.log).toEqual([]);
    const { jobs, log } = await run(root, 'ready.yml', pullRequest({ action: 'ready_for_review' }));
    expect(Object.values(jobs), log).toEqual(['success']);
    expect(github.world.by(ACTIONS_BOT)).toHaveLength(1);
  });

  test('a run that is run again takes the place of its own report, and keeps an artifact of its own', async ({ scratch, github, artifacts, run }) => {
    const root = await repositoryWith(scratch, 'pass', WORKFLOWS);
    const attempt = (number: number) => run(root, 'check.yml', { environment: { ...artifacts.environment, GITHUB_RUN_ATTEMPT: String(number) } });
    for (const number of [1, 2]) expect(await attempt(number)).toMatchObject({ exitCode: 0 });
    const [comment, ...others] = github.world.by(ACTIONS_BOT);
    expect(others).toEqual([]);
    expect(comment!.body).toMatch(/ attempt=2 /);
    // The first attempt, had it lasted until now.
    await attempt(1);
    expect(comment!.body).toMatch(/ attempt=2 /);
    expect(artifacts.artifacts.map(({ name }) => name).slice(0, 2)).toEqual(['layer-vitals', 'layer-vitals-attempt-2']);
  });
});

/** What the report says of the change, without what only time changes. */
function changesIn(body: string): string {
  return /^This change, against .*$/m.exec(body)![0];
}
