import { describe, expect, test as base } from 'vitest';
import type { Annotation } from '../../src/github/annotations.ts';
import { ANNOTATIONS_PER_REQUEST, type CheckRunResult, putCheckRun, SUMMARY_CHARACTERS } from '../../src/github/check-run.ts';
import { createOctokit } from '../../src/github/octokit.ts';
import type { Detail } from '../../src/report/types.ts';
import { FakeGitHub } from '../e2e/fake-github/server.ts';
import type { TokenName } from '../e2e/fake-github/world.ts';

interface PutOptions {
  readonly token?: TokenName;
  readonly id?: string;
  readonly annotations?: readonly Annotation[];
  readonly render?: (detail: Detail) => string;
}

const test = base.extend<{ readonly github: FakeGitHub; readonly put: (options?: PutOptions) => Promise<CheckRunResult> }>({
  // eslint-disable-next-line no-empty-pattern -- vitest reads what a fixture needs from this pattern
  github: async ({}, use) => {
    const github = await FakeGitHub.start();
    await use(github);
    await github.stop();
    expect(github.violations).toEqual([]);
  },
  put: async ({ github }, use) => {
    await use(({ token = 'ghs_checks', id = 'layer-vitals', annotations = [], render = (detail: Detail) => detail } = {}) =>
      putCheckRun(createOctokit({ token, apiUrl: github.apiUrl, second: 1 }), {
        owner: 'Codertocat',
        repo: 'Hello-World',
        headSha: 'e'.repeat(40),
        id,
        conclusion: 'success',
        title: 'all is well',
        render,
        annotations,
      }),
    );
  },
});

function annotations(n: number): Annotation[] {
  return Array.from({ length: n }, (_, index) => ({ level: 'warning', title: 't', message: `m${index}`, file: 'a.yml', line: index + 1 }));
}

describe.concurrent('a check run', () => {
  test('carries all annotations in their order, as many requests as that takes', async ({ github, put }) => {
    const all = annotations(2 * ANNOTATIONS_PER_REQUEST + 1);
    expect(await put({ annotations: all })).toMatchObject({ kind: 'created' });
    expect(github.log.map((line) => line.split(' ')[0])).toEqual(['POST', 'PATCH', 'PATCH']);
    expect(github.world.checkRuns).toHaveLength(1);
    expect(github.world.checkRuns[0]!.annotations.map(({ message }) => message)).toEqual(all.map(({ message }) => message));
  });

  test('is named after the check', async ({ github, put }) => {
    await put();
    await put({ id: 'services/api' });
    expect(github.world.checkRuns.map(({ name }) => name)).toEqual(['layer-vitals', 'layer-vitals: services/api']);
  });

  test('is shortened to what GitHub takes', async ({ github, put }) => {
    const sized = (full: number, short: number) => (detail: Detail) => 'x'.repeat(detail === 'full' ? full : short);
    await put({ render: sized(SUMMARY_CHARACTERS, 9) });
    await put({ render: sized(SUMMARY_CHARACTERS + 1, 9) });
    expect(github.world.checkRuns.map(({ output }) => output.summary.length)).toEqual([SUMMARY_CHARACTERS, 9]);
    expect(await put({ render: sized(SUMMARY_CHARACTERS + 2, SUMMARY_CHARACTERS + 1) })).toMatchObject({ kind: 'failed', reason: 'length' });
  });

  test('is left out where the job may not write one', async ({ github, put }) => {
    expect(await put({ token: 'ghs_write' })).toMatchObject({ kind: 'failed', reason: 'permission' });
    expect(github.world.checkRuns).toEqual([]);
  });

  test('tells a broken GitHub from a missing permission', async ({ github, put }) => {
    github.fail({ status: 503, times: 9 });
    expect(await put()).toMatchObject({ kind: 'failed', reason: 'service' });
  });
});
