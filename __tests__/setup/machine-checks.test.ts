import { describe, expect, test } from 'vitest';
import { machineRemarks, runnerRemarks } from '../../src/setup/machine-checks.ts';

const GIB = 2 ** 30;
const levels = (remarks: readonly { readonly level: string }[]) => remarks.map(({ level }) => level);

test('an old Node is an error, little memory a warning', () => {
  expect(levels(machineRemarks({ node: '24.1.0', memory: 16 * GIB, cores: 4 }))).toEqual(['ok', 'ok']);
  expect(levels(machineRemarks({ node: '18.20.0', memory: GIB, cores: 1 }))).toEqual(['error', 'warning']);
});

describe('a runner', () => {
  const RUNNER = { GITHUB_ACTIONS: 'true', RUNNER_WORKSPACE: '/opt/runner/_work/demo', GITHUB_SERVER_URL: 'https://github.com' };

  test('has Node 24 beside the folder that it works in', () => {
    expect(runnerRemarks(RUNNER, () => true)).toEqual([]);
    expect(runnerRemarks(RUNNER, (file) => file === '/opt/runner/externals')).toMatchObject([{ level: 'error', fix: expect.stringContaining('2.328') as string }]);
    expect(runnerRemarks(RUNNER, () => false)).toEqual([]);
  });

  test('of an enterprise server keeps no artifact; elsewhere there is none', () => {
    expect(runnerRemarks({ ...RUNNER, GITHUB_SERVER_URL: 'https://github.example.com' }, () => true)).toMatchObject([{ level: 'note' }]);
    expect(runnerRemarks({ GITHUB_SERVER_URL: 'https://github.example.com' }, () => false)).toEqual([]);
  });
});
