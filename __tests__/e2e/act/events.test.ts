import path from 'node:path';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, vi } from 'vitest';
import { run as git, withPullRequest, write } from '../../git/repository.ts';
import { FakeGitHub } from '../fake-github/server.ts';
import { ACTIONS_BOT } from '../fake-github/world.ts';
import { MERGE_GROUP, PULL_REQUEST_TARGET, PUSH, pullRequest } from '../payloads.ts';
import { tinyCheck } from '../tiny-check.ts';
import { RUNNER } from './tools.ts';
import { addWorkflows, repositoryWith, test, USES } from './workflow-test.ts';

vi.setConfig({ testTimeout: 120_000 });

const CHECKOUT = 'actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd';
const workflow = (on: string, job: string): string => `on: [${on}]\njobs:\n  check:\n    runs-on: ubuntu-latest\n${job}`;
const STEPS = `    steps:
      - uses: ${CHECKOUT}
      - id: vitals
        uses: ${USES}
      - if: always()
        env: { VERDICT: '\${{ steps.vitals.outputs.verdict }}', RULE: "\${{ fromJSON(steps.vitals.outputs.findings)[0].rule }}" }
        run: echo "::notice title=seen::$VERDICT $RULE"
`;
const WORKFLOWS = {
  'check.yml': workflow('pull_request, pull_request_target, merge_group, push', STEPS),
  'race.yml': workflow('pull_request', `    strategy: { matrix: { job: [1, 2] } }\n${STEPS}`),
  'two.yml': workflow('pull_request', `    strategy: { matrix: { config: [one.yml, two.yml] } }
    steps:
      - uses: ${CHECKOUT}
      - uses: ${USES}
        with: { config: '\${{ matrix.config }}' }
`),
};

describe.skipIf(RUNNER === null)('the action under a workflow runner (npm run e2e:setup)', () => {
  test('says what a pull request did, against the first parent of its merge commit', async ({ scratch, github, run }) => {
    const root = await tinyCheck(scratch, 'pass');
    await addWorkflows(root, WORKFLOWS);
    const commits = withPullRequest(root, (at) => { write(at, { 'README.md': 'changed' }); });
    git(root, 'checkout', '--quiet', '--detach', commits.merge);
    const { jobs, log } = await run(root, 'check.yml', pullRequest({ commits }));
    expect(Object.values(jobs), log).toEqual(['success']);
    expect(github.world.comments[0]!.body).toContain(`does not touch what is checked: the same config, model and data as in commit \`${commits.base.slice(0, 10)}\``);
    expect(github.log.filter((line) => line.includes('/compare/'))).toEqual([]);
  });

  test.for([MERGE_GROUP, PUSH])('on $event hands its outputs to later steps, fails the job, and comments nowhere', async (payload, { scratch, github, run }) => {
    const { jobs, annotations, summary } = await run(await repositoryWith(scratch, 'fail', WORKFLOWS), 'check.yml', payload);
    expect(Object.values(jobs)).toEqual(['failure']);
    expect(annotations).toContainEqual(expect.objectContaining({ level: 'notice', message: 'fail std-shrinkage' }));
    expect(summary).toContain('shrinks');
    expect(github.world.comments).toEqual([]);
  });

  test('refuses pull_request_target', async ({ scratch, github, run }) => {
    const { jobs, annotations } = await run(await repositoryWith(scratch, 'pass', WORKFLOWS), 'check.yml', PULL_REQUEST_TARGET);
    expect(Object.values(jobs)).toEqual(['failure']);
    expect(annotations).toContainEqual(expect.objectContaining({ level: 'error', message: expect.stringContaining('pull_request_target') as string }));
    expect(github.log).toEqual([]);
  });

  test('leaves one comment of two jobs that race', async ({ scratch, github, run }) => {
    github.gatherComments(2);
    const { jobs, log } = await run(await repositoryWith(scratch, 'pass', WORKFLOWS), 'race.yml');
    expect(Object.values(jobs), log).toEqual(['success', 'success']);
    expect(github.log.filter((line) => line === 'POST /repos/Codertocat/Hello-World/issues/2/comments')).toHaveLength(2);
    expect(github.world.by(ACTIONS_BOT)).toHaveLength(1);
  });

  test('keeps a comment for each check of a repository', async ({ scratch, github, run }) => {
    const repository = await repositoryWith(scratch, 'pass', WORKFLOWS);
    const config = await readFile(path.join(repository, 'layer-vitals.yml'), 'utf8');
    for (const id of ['one', 'two']) await writeFile(path.join(repository, `${id}.yml`), `id: ${id}\n${config}`);
    for (let round = 0; round < 2; round++) expect(await run(repository, 'two.yml')).toMatchObject({ exitCode: 0 });
    expect(github.world.by(ACTIONS_BOT).map(({ body }) => /id=(\w+)/.exec(body)![1]).sort()).toEqual(['one', 'two']);
  });

  test('on an enterprise server warns that there is no artifact, and goes on', async ({ scratch, artifacts, run }) => {
    const server = await FakeGitHub.start('/api/v3');
    const environment = { ...artifacts.environment, GITHUB_SERVER_URL: 'https://github.example.com' };
    const { exitCode, annotations, log } = await run(await repositoryWith(scratch, 'pass', WORKFLOWS), 'check.yml', { apiUrl: server.apiUrl, environment });
    await server.stop();
    expect(exitCode, log).toBe(0);
    expect(annotations).toContainEqual(expect.objectContaining({ level: 'warning', message: expect.stringMatching(/No artifact: .*GHES/) as string }));
    expect(artifacts.artifacts).toEqual([]);
    expect(server.world.by(ACTIONS_BOT)).toHaveLength(1);
    expect(server.violations).toEqual([]);
  });
});
