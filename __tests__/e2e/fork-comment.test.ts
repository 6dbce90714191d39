import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test as base } from 'vitest';
import { markerOf } from '../../src/github/own-comments.ts';
import { FakeGitHub } from './fake-github/server.ts';
import { ACTIONS_BOT } from './fake-github/world.ts';
import { HEAD_SHA, pullRequest, workflowRun } from './payloads.ts';
import { runAction, type Step, type StepResult } from './run-action.ts';
import { tinyCheck, type Ending } from './tiny-check.ts';

const RUN = 30433642;
const node = process.env.LAYER_VITALS_NODE24 ?? process.execPath;

let scratch: string;
/** What a run on a pull request of a fork leaves, as the artifact service packs it. */
const archives = {} as Record<'fail' | 'could-not-run', Buffer>;
/** A folder without anything: nothing of the pull request is checked out. */
let empty: string;
beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'layer-vitals-fork-'));
  empty = await mkdtemp(path.join(scratch, 'empty-'));
  for (const ending of ['fail', 'could-not-run'] as const satisfies readonly Ending[]) {
    const { outputs } = await runAction({ scratch, node, workspace: await tinyCheck(scratch, ending), ...pullRequest({ fork: true }), token: '', apiUrl: 'http://127.0.0.1:1' });
    const folder = path.dirname(outputs['report-path']!);
    const files = await Promise.all((await readdir(folder)).map(async (name) => [name, strToU8(await readFile(path.join(folder, name), 'utf8'))] as const));
    archives[ending] = Buffer.from(zipSync(Object.fromEntries(files)));
  }
});
afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

interface Fixtures {
  readonly github: FakeGitHub;
  readonly comment: (step?: Partial<Step>) => Promise<StepResult>;
}

const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern -- vitest reads what a fixture needs from this pattern
  github: async ({}, use) => {
    const github = await FakeGitHub.start();
    github.world.pulls.push({ number: github.world.pull, label: 'stranger:changes', sha: HEAD_SHA, base: 'Codertocat/Hello-World', state: 'open' });
    github.world.artifacts.push({ id: 5, run: RUN, name: 'layer-vitals', zip: archives.fail });
    await use(github);
    await github.stop();
    expect(github.violations).toEqual([]);
  },
  comment: async ({ github }, use) => {
    await use((step = {}) => runAction({ scratch, node, workspace: empty, ...workflowRun(), token: 'ghs_checks', apiUrl: github.apiUrl, inputs: { command: 'comment' }, ...step }));
  },
});

describe.concurrent('command: comment', () => {
  test('writes the report of a fork, makes no check of it, and passes', async ({ github, comment }) => {
    expect(await comment()).toMatchObject({ exitCode: 0 });
    expect(github.world.by(ACTIONS_BOT).map(({ body }) => body.split('\n', 1)[0])).toEqual([markerOf('layer-vitals')]);
    expect(github.world.comments[0]!.body).toContain('shrinks');
    expect(github.world.checkRuns).toEqual([]);
    expect(github.log.filter((line) => line.startsWith('GET /blobs/5'))).toHaveLength(1);
  });

  test('says that the check could not run', async ({ github, comment }) => {
    github.world.artifacts[0] = { id: 5, run: RUN, name: 'layer-vitals', zip: archives['could-not-run'] };
    expect(await comment()).toMatchObject({ exitCode: 0 });
    expect(github.world.comments[0]!.body).toMatch(/could not run[\s\S]*denze/);
  });

  test.for([
    ['a newer commit has come', { sha: 'f'.repeat(40) }],
    ['it was closed', { state: 'closed' }],
    ['its branch has another name', { label: 'stranger:other' }],
    ['it is of another repository', { base: 'stranger/Hello-World' }],
  ] as const)('writes nothing where %s', async ([, change], { github, comment }) => {
    github.world.pulls[0] = { ...github.world.pulls[0]!, ...change };
    expect(await comment()).toMatchObject({ exitCode: 0, annotations: [{ level: 'notice', message: expect.stringMatching(/No open pull request/) as string }] });
    expect(github.world.comments).toEqual([]);
  });

  test('writes nothing after a run that was of no pull request', async ({ github, comment }) => {
    expect(await comment(workflowRun({ event: 'push' }))).toMatchObject({ exitCode: 0 });
    expect(github.log).toEqual([]);
  });

  test('writes nothing of a hostile artifact, and says so in one line', async ({ github, comment }) => {
    github.world.artifacts[0] = { id: 5, run: RUN, name: 'layer-vitals', zip: Buffer.from(zipSync({ 'evidence.json': strToU8('{"evidence":{},"judgement":{"verdict":"pass"}}') })) };
    const { exitCode, annotations } = await comment();
    expect(exitCode).toBe(1);
    expect(annotations).toMatchObject([{ level: 'error', message: expect.stringMatching(/bad-report.*evidence\.json/) as string }]);
    expect(github.world.comments).toEqual([]);
  });

  test('takes artifacts of this attempt alone', async ({ github, comment }) => {
    github.world.artifacts[0] = { id: 5, run: RUN, name: 'layer-vitals-attempt-2', zip: archives.fail };
    github.world.artifacts.push({ id: 6, run: RUN, name: 'coverage', zip: archives.fail });
    expect(await comment()).toMatchObject({ exitCode: 0, annotations: [{ level: 'notice', message: expect.stringMatching(/no report/) as string }] });
  });

  test('refuses another event, and to check what a stranger has chosen', async ({ github, comment }) => {
    expect(await comment(pullRequest())).toMatchObject({ exitCode: 1, annotations: [{ message: expect.stringMatching(/workflow_run/) as string }] });
    const check = await comment({ inputs: { command: 'check' } });
    expect(check).toMatchObject({ exitCode: 1, outputs: { verdict: 'could-not-run' } });
    expect(check.annotations.at(-1)!.message).toMatch(/unsafe-event.*command: comment/);
    expect(github.log).toEqual([]);
  });
});
