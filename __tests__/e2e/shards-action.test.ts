import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test as base, vi } from 'vitest';
import { shardArtifactName } from '../../src/github/report-files.ts';
import { FakeGitHub } from './fake-github/server.ts';
import { ACTIONS_BOT } from './fake-github/world.ts';
import { pullRequest } from './payloads.ts';
import { runAction, type Step, type StepResult } from './run-action.ts';
import { tinyCheck } from './tiny-check.ts';

vi.setConfig({ testTimeout: 300_000 });

const node = process.env.LAYER_VITALS_NODE24 ?? process.execPath;
const RUN = 1001;

let scratch: string;
let workspace: string;
/** What the two shards of a failing check have left. */
const files: string[] = [];
const results: StepResult[] = [];
beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'layer-vitals-shards-'));
  workspace = await tinyCheck(scratch, 'fail');
  for (const shard of ['1/2', '2/2']) {
    const result = await runAction({ scratch, node, workspace, ...pullRequest(), token: 'ghs_write', apiUrl: 'http://127.0.0.1:1', inputs: { shard } });
    results.push(result);
    files.push(await readFile(result.outputs['shard-path']!, 'utf8'));
  }
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

interface Fixtures {
  readonly github: FakeGitHub;
  readonly merge: (step?: Partial<Step>) => Promise<StepResult>;
}

const test = base.extend<Fixtures>({
  // eslint-disable-next-line no-empty-pattern -- vitest reads what a fixture needs from this pattern
  github: async ({}, use) => {
    const github = await FakeGitHub.start();
    files.forEach((text, index) => { keep(github, text, index + 1); });
    await use(github);
    await github.stop();
    expect(github.violations).toEqual([]);
  },
  merge: async ({ github }, use) => {
    await use((step = {}) => runAction({ scratch, node, workspace, ...pullRequest(), token: 'ghs_write', apiUrl: github.apiUrl, inputs: { command: 'merge' }, ...step }));
  },
});

function keep(github: FakeGitHub, text: string, index: number, attempt = 1): void {
  const name = shardArtifactName('layer-vitals', { index, of: 2 }, attempt);
  github.world.artifacts.push({ id: github.world.artifacts.length + 1, run: RUN, name, zip: Buffer.from(zipSync({ 'shard.json': strToU8(text) })) });
}

const failed = (index: number): string => JSON.stringify({ shardVersion: 1, index, of: 2, couldNotRun: { code: 'memory', what: 'Memory ran out.', fix: 'Use less.' } });

describe('a shard as a step', () => {
  test('passes, whatever it has measured: says which one it is, judges nothing, and asks nothing of GitHub', () => {
    results.forEach(({ exitCode, outputs, summary, annotations }, index) => {
      expect({ exitCode, annotations }).toEqual({ exitCode: 0, annotations: [] });
      expect(summary).toMatch(new RegExp(`Shard ${index + 1} of 2: 3 runs measured.*Nothing is judged`));
      expect(outputs).toMatchObject({ verdict: '', findings: '[]', 'accuracy-delta': '{}', 'report-path': '', 'evidence-path': '' });
    });
  });

  test('that could not run fails, and leaves the reason for the report', async () => {
    const step = { scratch, node, workspace: await tinyCheck(scratch, 'could-not-run'), ...pullRequest(), token: '', apiUrl: 'http://127.0.0.1:1', inputs: { shard: '2/2' } };
    const { exitCode, outputs, summary } = await runAction(step);
    expect({ exitCode, verdict: outputs.verdict }).toEqual({ exitCode: 1, verdict: 'could-not-run' });
    expect(summary).toContain('denze');
    expect(JSON.parse(await readFile(outputs['shard-path']!, 'utf8'))).toMatchObject({ index: 2, of: 2, couldNotRun: { what: expect.stringContaining('denze') as string } });
  });

  test.each([{ shard: '3/2' }, { shard: '1/2', command: 'merge' }])('refuses %o in one line', async (inputs) => {
    const { exitCode, outputs, annotations } = await runAction({ scratch, node, workspace, ...pullRequest(), token: '', apiUrl: 'http://127.0.0.1:1', inputs });
    expect({ exitCode, verdict: outputs.verdict }).toEqual({ exitCode: 1, verdict: 'could-not-run' });
    expect(annotations.at(-1)!.message).toMatch(/i\/n|command: check/);
  });
});

describe('command: merge', () => {
  test('judges once what the shards of this run have kept, in one comment', async ({ github, merge }) => {
    const { exitCode, outputs, log } = await merge();
    expect(exitCode, log).toBe(1);
    expect(outputs.verdict).toBe('fail');
    expect(JSON.parse(outputs.findings!)).toMatchObject([{ rule: 'std-shrinkage', sites: ['shrinks'] }]);
    expect(github.world.by(ACTIONS_BOT)).toHaveLength(1);
  });

  test('takes the last of a shard that was run again, and no other check\'s', async ({ github, merge }) => {
    github.world.artifacts.splice(0);
    keep(github, files[0]!, 1);
    keep(github, failed(2), 2);
    keep(github, files[1]!, 2, 3);
    github.world.artifacts.push({ id: 9, run: RUN, name: shardArtifactName('other', { index: 1, of: 2 }, 1), zip: Buffer.from('no archive') });
    expect(await merge({ environment: { GITHUB_RUN_ATTEMPT: '3' } })).toMatchObject({ exitCode: 1, outputs: { verdict: 'fail' } });
  });

  test.for<[string, (github: FakeGitHub) => unknown, RegExp]>([
    ['a shard is missing', (github) => github.world.artifacts.pop(), /missing-shard.*Shard 2 of 2 is missing/],
    ['a shard could not run', (github) => { github.world.artifacts.pop(); keep(github, failed(2), 2); }, /memory.*Shard 2 of 2 could not run: Memory ran out/],
    ['there is none', (github) => github.world.artifacts.splice(0), /no-shards/],
    ['one is no archive', (github) => { github.world.artifacts[0] = { ...github.world.artifacts[0]!, zip: Buffer.from('no archive') }; }, /bad-shard.*layer-vitals\.shard-1-of-2.*unpacked/],
    ['the token may not read them', (github) => { github.fail({ method: 'GET', path: /\/artifacts/, status: 403, message: 'Resource not accessible by integration' }); }, /no-artifacts.*actions: read/],
  ])('says where %s, in the comment, too', async ([, spoil, says], { github, merge }) => {
    spoil(github);
    const { exitCode, outputs, annotations } = await merge();
    expect({ exitCode, verdict: outputs.verdict }).toEqual({ exitCode: 1, verdict: 'could-not-run' });
    expect(annotations.at(-1)!.message).toMatch(says);
    expect(github.world.by(ACTIONS_BOT)[0]!.body).toContain('could not run');
  });
});
