import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test as base } from 'vitest';
import { markerOf } from '../../src/github/own-comments.ts';
import { FakeGitHub } from './fake-github/server.ts';
import { ACTIONS_BOT, OTHER_APP, PERSON } from './fake-github/world.ts';
import { HEAD_SHA, MERGE_GROUP, PULL_REQUEST_TARGET, PUSH, pullRequest, SCHEDULE, WORKFLOW_DISPATCH } from './payloads.ts';
import { actionMetadata, REPOSITORY, runAction, type Step, type StepResult } from './run-action.ts';
import { tinyCheck, type Ending } from './tiny-check.ts';

const MARKER = markerOf('layer-vitals');
const COMMENTS = '/repos/Codertocat/Hello-World/issues/2/comments';

/** The Node of this process and, where a path is given, the one that `using: node24` means; once where they are the same. */
const nodes = [process.execPath, process.env.LAYER_VITALS_NODE24]
  .filter((node) => node !== undefined)
  .map((node) => ({ node, version: execFileSync(node, ['--version'], { encoding: 'utf8' }).trim() }))
  .filter(({ version }, index, all) => all.findIndex((other) => other.version === version) === index);

let scratch: string;
const workspaces = {} as Record<Ending, string>;
beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'layer-vitals-action-'));
  for (const ending of ['pass', 'fail', 'could-not-run', 'long-report', 'slow'] as const) {
    workspaces[ending] = await tinyCheck(scratch, ending);
  }
});
afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

interface Fixtures {
  readonly github: FakeGitHub;
  readonly run: (ending: Ending, step?: Partial<Step>) => Promise<StepResult>;
  /** Bodies of the comments that the action wrote. */
  readonly own: () => string[];
}

const suite = (node: string) =>
  base.extend<Fixtures>({
    // eslint-disable-next-line no-empty-pattern -- vitest reads what a fixture needs from this pattern
    github: async ({}, use) => {
      const github = await FakeGitHub.start();
      await use(github);
      await github.stop();
      expect(github.violations).toEqual([]);
    },
    run: async ({ github }, use) => {
      await use((ending, step = {}) =>
        runAction({ scratch, node, workspace: workspaces[ending], ...pullRequest(), token: 'ghs_write', apiUrl: github.apiUrl, ...step }),
      );
    },
    own: async ({ github }, use) => {
      await use(() => github.world.by(ACTIONS_BOT).map(({ body }) => body));
    },
  });

// Most of the time is spent in waits that the action owes to GitHub.
describe.concurrent.each(nodes)('the bundled action on Node $version', ({ node }) => {
  const test = suite(node);

  test('creates a comment, then updates it', async ({ run, own }) => {
    const first = await run('pass');
    expect(first).toMatchObject({ exitCode: 0, outputs: { verdict: 'pass' } });
    expect(own()).toHaveLength(1);
    expect(own()[0]?.startsWith(`${MARKER}\n`)).toBe(true);
    expect(first.summary).toContain(own()[0]!.split('\n').find((line) => line.startsWith('### ')));

    const second = await run('fail');
    expect(second).toMatchObject({ exitCode: 1, outputs: { verdict: 'fail' } });
    expect(own()).toHaveLength(1);
    expect(own()[0]).toContain('shrinks');
  });

  test('tells everything before it fails the step', async ({ run }) => {
    const { exitCode, outputs, annotations, log } = await run('fail');
    expect(exitCode).toBe(1);
    expect(outputs.verdict).toBe('fail');
    expect(JSON.parse(outputs.findings!)).toMatchObject([{ rule: 'std-shrinkage', severity: 'error', sites: ['shrinks'] }]);
    expect(Object.keys(JSON.parse(outputs['accuracy-delta']!) as object)).toEqual(['raw', 'unit']);
    expect(Number(outputs['worst-shrinkage'])).toBeGreaterThan(0);
    expect(Number(outputs['worst-shrinkage'])).toBeLessThan(0.5);
    expect(await readFile(outputs['report-path']!, 'utf8')).toContain('shrinks');
    expect(JSON.parse(await readFile(outputs['evidence-path']!, 'utf8'))).toMatchObject({ judgement: { verdict: 'fail' } });
    expect(annotations).toMatchObject([
      { level: 'error', properties: { title: 'layer-vitals: std-shrinkage', file: 'layer-vitals.yml', line: await lineOf('shrinks') } },
      { level: 'error', message: expect.stringContaining('std-shrinkage') as string },
    ]);
    expect(log.indexOf('Comment created')).toBeGreaterThan(-1);
    expect(log.indexOf('Comment created')).toBeLessThan(log.lastIndexOf('::error'));
  });

  test('sets every output that action.yml promises, and no other', async ({ run }) => {
    const promised = Object.keys((await actionMetadata()).outputs).sort();
    for (const ending of ['pass', 'could-not-run'] as const) {
      const { outputs } = await run(ending, PUSH);
      expect(Object.keys(outputs).sort()).toEqual(promised);
      expect(outputs.id).toBe('layer-vitals');
    }
    const { outputs } = await run('pass', { inputs: { comment: 'sometimes' } });
    expect(Object.keys(outputs).sort()).toEqual(promised);
    expect(outputs).toMatchObject({ id: '', verdict: 'could-not-run', findings: '[]', 'accuracy-delta': '{}' });
  });

  test('adds a check run to the head commit where it may, with the findings on their lines', async ({ github, run }) => {
    const failing = await run('fail', { token: 'ghs_checks' });
    const [written] = github.world.checkRuns;
    expect(written).toMatchObject({ name: 'layer-vitals', head_sha: HEAD_SHA, conclusion: 'failure' });
    expect(written!.annotations).toMatchObject([{ path: 'layer-vitals.yml', start_line: Number(await lineOf('shrinks')), annotation_level: 'failure' }]);
    expect(failing.annotations.filter(({ properties }) => 'file' in properties)).toEqual([]);

    await run('pass', { token: 'ghs_checks' });
    expect(github.world.checkRuns.at(-1)).toMatchObject({ conclusion: expect.stringMatching(/^(success|neutral)$/) as string });
    await run('could-not-run', { token: 'ghs_checks' });
    expect(github.world.checkRuns.at(-1)).toMatchObject({ conclusion: 'failure' });
  });

  test('writes no comment where it is told so', async ({ run, own }) => {
    await run('pass', { inputs: { comment: 'on-failure' } });
    await run('fail', { inputs: { comment: 'never' } });
    expect(own()).toEqual([]);
  });

  test('leaves the comment of a newer run alone', async ({ run, own }) => {
    await run('pass', { environment: { GITHUB_RUN_ID: '1002' } });
    const before = own();
    expect(await run('fail', { environment: { GITHUB_RUN_ID: '1001' } })).toMatchObject({ exitCode: 1 });
    expect(own()).toEqual(before);
  });

  test('refuses an input that it does not know, in one line', async ({ github, run }) => {
    const { exitCode, outputs, summary, annotations } = await run('pass', { inputs: { comment: 'sometimes' } });
    expect({ exitCode, verdict: outputs.verdict }).toEqual({ exitCode: 1, verdict: 'could-not-run' });
    for (const text of [summary, annotations.at(-1)?.message]) expect(text).toMatch(/sometimes[\s\S]*on-failure/);
    expect(github.log).toEqual([]);
  });

  test.for(['SIGINT', 'SIGTERM'] as const)('on %s says within seconds that nothing was judged', async (signal, { github, run }) => {
    const { exitCode, outputs, summary, log, secondsAfterSignal } = await run('slow', { signal });
    expect({ exitCode, verdict: outputs.verdict }).toEqual({ exitCode: 1, verdict: 'could-not-run' });
    expect(outputs).toMatchObject({ id: 'layer-vitals', findings: '[]', 'accuracy-delta': '{}', 'report-path': '', 'artifact-url': '' });
    expect(summary).toMatch(/cancelled[\s\S]*Nothing was judged/);
    expect(log).toMatch(/::error::.*cancelled/);
    expect(secondsAfterSignal).toBeLessThan(7);
    expect(github.log).toEqual([]);
  });

  test('masks the token and shows it nowhere', async ({ run }) => {
    const { log } = await run('pass');
    expect(log).toContain('::add-mask::ghs_write');
    expect(log.replace('::add-mask::ghs_write', '')).not.toContain('ghs_write');
  });

  test('finds its comment on the second page', async ({ github, run, own }) => {
    for (let n = 0; n < 130; n++) github.world.add(PERSON, `remark ${n}`);
    const mine = github.world.add(ACTIONS_BOT, `${MARKER}\nearlier report`);
    await run('pass');
    expect(own()).toHaveLength(1);
    expect(mine.body).not.toContain('earlier report');
  });

  test('leaves a comment of somebody else alone, whatever marker it carries', async ({ github, run, own }) => {
    const forged = [github.world.add(PERSON, `${MARKER}\nforged`), github.world.add(OTHER_APP, `${MARKER}\nforged`)];
    await run('pass');
    await run('pass');
    expect(forged.map(({ body }) => body)).toEqual([`${MARKER}\nforged`, `${MARKER}\nforged`]);
    expect(own()).toHaveLength(1);
  });

  test('shortens a report that no comment can hold, and keeps it whole in the file', async ({ run, own }) => {
    const { exitCode, outputs } = await run('long-report');
    expect(exitCode).toBe(0);
    expect(own()).toHaveLength(1);
    expect(own()[0]!.length).toBeLessThanOrEqual(65_536);
    expect((await readFile(outputs['report-path']!, 'utf8')).length).toBeGreaterThan(65_536);
  });

  test('writes a shorter one where GitHub counts otherwise', async ({ github, run, own }) => {
    await run('pass');
    github.world.maxCharacters = own()[0]!.length - 1;
    const { exitCode } = await run('pass');
    expect(exitCode).toBe(0);
    expect(own()[0]!.length).toBeLessThanOrEqual(github.world.maxCharacters);
  });

  test('with a token that may only read, keeps the report in the summary and the verdict in the exit code', async ({ run }) => {
    const fork = await run('pass', { token: 'ghs_read', ...pullRequest({ fork: true }) });
    expect(fork.exitCode).toBe(0);
    expect(fork.summary).toContain('layer-vitals');
    expect(fork.annotations).toMatchObject([{ level: 'notice', message: expect.stringMatching(/fork.*Resource not accessible/) as string }]);

    const branch = await run('fail', { token: 'ghs_read' });
    expect(branch.exitCode).toBe(1);
    expect(branch.annotations.map(({ message }) => message)).toContainEqual(expect.stringContaining('pull-requests: write'));
  });

  test('waits as long as a rate limit says', async ({ github, run, own }) => {
    const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
    github.fail({ method: 'POST', path: /comments$/, status: 429, message, headers: { 'retry-after': '1' } });
    github.fail({ method: 'GET', status: 403, message, headers: { 'retry-after': '1' } });
    expect(await run('pass')).toMatchObject({ exitCode: 0, annotations: [] });
    expect(own()).toHaveLength(1);
  });

  test('tries again when GitHub breaks', async ({ github, run }) => {
    github.fail({ method: 'GET', status: 500 });
    github.fail({ method: 'POST', path: /comments$/, status: null });
    expect(await run('pass')).toMatchObject({ exitCode: 0, annotations: [] });
    expect(github.log.filter((line) => line === `POST ${COMMENTS}`)).toHaveLength(2);
  });

  test('a check that could not run fails and says so in the comment, over the old report', async ({ run, own }) => {
    await run('pass');
    const { exitCode, outputs, summary, annotations } = await run('could-not-run', { inputs: { 'fail-on': 'never' } });
    expect(exitCode).toBe(1);
    expect(outputs).toMatchObject({ verdict: 'could-not-run', findings: '[]', 'accuracy-delta': '{}', 'evidence-path': '' });
    expect(own()).toHaveLength(1);
    for (const text of [own()[0], summary, annotations.at(-1)?.message]) expect(text).toMatch(/denze[\s\S]*dense/);
  });

  test('a bug fails the step with its stack, and says in the comment that it is one', async ({ run, own }) => {
    const { exitCode, outputs, summary, log } = await run('pass', { main: await bundleWithABug(scratch) });
    expect({ exitCode, verdict: outputs.verdict }).toEqual({ exitCode: 1, verdict: 'could-not-run' });
    expect(log).toMatch(/TypeError: planted\n +at .*check\.cjs/);
    for (const text of [own()[0], summary]) expect(text).toMatch(/planted[\s\S]*bug of layer-vitals/);
  });

  test.for([PUSH, MERGE_GROUP, WORKFLOW_DISPATCH])('does the same without a comment on $event', async (payload, { github, run }) => {
    const { exitCode, outputs, summary } = await run('fail', payload);
    expect({ exitCode, verdict: outputs.verdict }).toEqual({ exitCode: 1, verdict: 'fail' });
    expect(summary).toContain('shrinks');
    expect(github.log).toEqual([]);
  });

  test.for([
    ['four times the seeds', {}, 8],
    ['the seeds of the config where it is told so', { profile: 'none' }, 2],
    ['the seeds that the workflow names', { seeds: '3' }, 3],
  ] as const)('on a schedule takes %s', async ([, inputs, seeds]: readonly [string, Readonly<Record<string, string>>, number], { github, run }) => {
    const { exitCode, outputs, summary } = await run('fail', { ...SCHEDULE, inputs });
    expect({ exitCode, verdict: outputs.verdict }).toEqual({ exitCode: 1, verdict: 'fail' });
    expect(summary).toContain(`3 inputs × ${seeds} seeds`);
    expect(summary.includes('profile `nightly`')).toBe(inputs.profile === undefined);
    expect(summary.includes('--profile nightly')).toBe(inputs.profile === undefined);
    expect(github.log).toEqual([]);
  });

  test('takes a profile where a pull request asks for it, with its id, and refuses one that there is not', async ({ github, run, own }) => {
    const workspace = await tinyCheck(scratch, 'fail');
    const config = path.join(workspace, 'layer-vitals.yml');
    await writeFile(config, `${await readFile(config, 'utf8')}profiles:\n  long:\n    id: long-check\n    experiment: { seeds: 3 }\n`);
    const { summary } = await run('fail', { workspace, inputs: { profile: 'long' } });
    expect(summary).toContain('3 inputs × 3 seeds');
    await run('fail', { workspace });
    expect(own().map((body) => body.split('\n')[0])).toEqual([markerOf('long-check'), MARKER]);

    const refused = await run('fail', { workspace, inputs: { profile: 'lnog' } });
    expect({ exitCode: refused.exitCode, verdict: refused.outputs.verdict }).toEqual({ exitCode: 1, verdict: 'could-not-run' });
    expect(refused.annotations.at(-1)!.message).toContain('Did you mean `long`?');
    expect(github.world.by(ACTIONS_BOT)).toHaveLength(2);
  });

  test('does the same without a comment when it is given no token', async ({ github, run }) => {
    expect(await run('pass', { inputs: { 'github-token': '' } })).toMatchObject({ exitCode: 0, annotations: [] });
    expect(github.log).toEqual([]);
  });

  test('refuses pull_request_target', async ({ github, run }) => {
    const { exitCode, outputs, annotations } = await run('pass', PULL_REQUEST_TARGET);
    expect({ exitCode, verdict: outputs.verdict }).toEqual({ exitCode: 1, verdict: 'could-not-run' });
    expect(annotations).toMatchObject([{ level: 'error', message: expect.stringContaining('pull_request_target') as string }]);
    expect(github.log).toEqual([]);
  });
});

/** Line of the config on which the list item of a layer begins. */
async function lineOf(layer: string): Promise<string> {
  const lines = (await readFile(path.join(workspaces.fail, 'layer-vitals.yml'), 'utf8')).split('\n');
  const name = lines.findIndex((line) => line.includes(`name: ${layer}`));
  return String(lines.findLastIndex((line, index) => index <= name && /^ +- /.test(line)) + 1);
}

/** The bundled action beside a check that breaks. */
async function bundleWithABug(folder: string): Promise<string> {
  const dist = await mkdtemp(path.join(folder, 'dist-'));
  const main = path.join(dist, 'action.cjs');
  for (const file of ['action.cjs', 'html-report.cjs']) await copyFile(path.join(REPOSITORY, 'dist', file), path.join(dist, file));
  await writeFile(
    path.join(dist, 'check.cjs'),
    `exports.OVERRIDES = {}; exports.checkIdOf = () => 'id'; exports.findingPlaces = () => {}; exports.check = async () => { throw new TypeError('planted'); };`,
  );
  return main;
}
