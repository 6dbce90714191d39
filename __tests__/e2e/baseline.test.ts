import { cp, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import type { Report } from '../../src/report/types.ts';
import { commitAll, run, shallowCheckout, withPullRequest, write } from '../git/repository.ts';
import { folderWith } from '../temporary-folder.ts';
import { runAction } from './run-action.ts';
import { NODES, runCommand } from './run-command.ts';
import { type ConfigData, tinyConfig, writeConfig, writeTinyTransfer } from './tiny-transfer.ts';

vi.setConfig({ testTimeout: 300_000 });

interface Compared {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly report: Report;
}

/** A repository whose first commit holds a tiny transfer in `checks/`. */
async function repository(config: ConfigData = tinyConfig()): Promise<{ root: string; folder: string; first: string }> {
  const root = folderWith({});
  run(root, 'init', '--quiet', '--initial-branch=main');
  run(root, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  const folder = path.join(root, 'checks');
  await writeTinyTransfer(folder, config);
  return { root, folder, first: commitAll(root, 'first') };
}

async function compare(folder: string, args: readonly string[] = ['--baseline', 'main'], cache = 'off'): Promise<Compared> {
  const json = path.join(folderWith({}), 'report.json');
  const result = await runCommand(folder, ['check', ...args, '--json', json], { env: { LAYER_VITALS_CACHE: cache } });
  expect(result.exitCode, result.stderr).toBeLessThan(2);
  // A terminal breaks lines.
  return { ...result, stdout: result.stdout.replaceAll(/\s+/g, ' '), report: JSON.parse(await readFile(json, 'utf8')) as Report };
}

const head = (stddev: number): readonly object[] => [
  { layer: 'global-average-pooling-2d' },
  { layer: 'dense', name: 'hidden', units: 8, activation: 'relu', 'kernel-initializer': { 'random-normal': { stddev } } },
  { layer: 'dense', name: 'logits', units: 2, activation: 'softmax' },
];

function withHead(stddev: number, more: Partial<ConfigData> = {}): ConfigData {
  return { ...tinyConfig(), ...more, model: { path: 'model/model.json', head: head(stddev) } };
}

describe('--baseline', () => {
  test('says that a change elsewhere does not touch what is checked, and computes nothing twice', async () => {
    const { root, folder, first } = await repository();
    write(root, { 'README.md': 'changed', 'checks/notes.txt': 'changed' });
    const { stdout, stderr, report } = await compare(folder);
    expect(report.baseline).toEqual({ kind: 'untouched', commit: first });
    expect(report.judgement.change).toMatchObject({ identical: true });
    expect(stdout).toContain(`This change does not touch what is checked: the same config, model and data as in commit ${first.slice(0, 10)}.`);
    expect(stderr).not.toContain('baseline:');
    expect(run(root, 'worktree', 'list').split('\n')).toHaveLength(1);
  });

  test('says what a change does to each layer, and to nothing else; thresholds judge it', async () => {
    const thresholds = { ...(tinyConfig().thresholds as object), 'std-shrinkage': { warn: 'off', fail: 'off', 'worsened-by': 0.5 } };
    const { folder, first } = await repository(withHead(0.5, { thresholds }));
    await writeConfig(folder, withHead(0.05, { thresholds }));
    const { exitCode, stdout, report } = await compare(folder);
    expect(report.baseline).toEqual({ kind: 'compared', commit: first });
    const { change, findings } = report.judgement;
    expect(change).toMatchObject({ identical: false, newLayers: [], goneLayers: [] });
    const [pool, hidden] = ['head_1', 'hidden'].map((name) => change!.layers.find(({ site }) => site === name)!);
    expect(pool!.shrinkage.after).toBe(pool!.shrinkage.before);
    expect(hidden!.shrinkage.before! / hidden!.shrinkage.after!).toBeCloseTo(10, 4);
    expect(exitCode).toBe(1);
    expect(findings).toMatchObject([{ rule: 'worsened', severity: 'error', sites: ['hidden'] }]);
    expect(stdout).toContain('signal at hidden');
  });

  test('of a change without an effect is one line; what others did since does not count', async () => {
    const { root, folder, first } = await repository();
    run(root, 'checkout', '--quiet', '-b', 'change');
    // Another path of the same model: looked at, and found to be the same.
    await rename(path.join(folder, 'model'), path.join(folder, 'backbone'));
    await writeConfig(folder, { ...tinyConfig(), model: { path: 'backbone/model.json' } });
    commitAll(root, 'move the model');
    run(root, 'checkout', '--quiet', 'main');
    await writeConfig(folder, { ...tinyConfig(), training: { epochs: 2, 'batch-size': 4 } });
    commitAll(root, 'somebody else');
    run(root, 'checkout', '--quiet', 'change');
    const { report, stdout } = await compare(folder);
    expect(report.baseline).toEqual({ kind: 'compared', commit: first });
    expect(report.judgement.change).toMatchObject({ identical: true });
    expect(stdout).toContain(`This change has no effect: every number is the same as in commit ${first.slice(0, 10)}, to the last bit.`);
  });

  test.each([
    ['a branch that there is not', [] as string[], 'nowhere', /there is no commit nowhere here|there is no commit 'nowhere' here/],
    ['a base without config', ['layer-vitals.yml'], 'main', /the check cannot run at commit [0-9a-f]{10}: There is no layer-vitals\.yml/],
    ['a model that an earlier step makes', ['model'], 'main', /the check cannot run at commit [0-9a-f]{10}: model\/model\.json: the model file cannot be read/],
  ])('that is missing is said, and fails nothing: %s', async (_, without, ref, why) => {
    const { root, folder } = await repository();
    for (const name of without) run(root, 'rm', '-r', '--quiet', '--cached', path.join(folder, name));
    run(root, 'commit', '--quiet', '--allow-empty', '-m', 'without it');
    const { exitCode, report, stdout } = await compare(folder, ['--baseline', ref]);
    expect(exitCode).toBe(0);
    expect(report.baseline).toEqual({ kind: 'none', why: expect.stringMatching(why) as string });
    expect(report.judgement.change).toBeNull();
    expect(stdout).toContain('Not compared with the code without this change:');
  });

  test('is checked by the same profile, where it has one', async () => {
    const { folder, first } = await repository({ ...tinyConfig(), profiles: { long: { experiment: { seeds: 3 } } } });
    await writeConfig(folder, { ...tinyConfig(), training: { epochs: 2, 'batch-size': 4 }, profiles: { long: { experiment: { seeds: 3 } }, longer: { experiment: { seeds: 4 } } } });
    const long = await compare(folder, ['--baseline', 'main', '--profile', 'long']);
    expect(long.report.baseline).toEqual({ kind: 'compared', commit: first });
    expect(long.report.evidence).toMatchObject({ check: { profile: 'long' }, plan: { seeds: [0, 1, 2] } });
    expect(long.report.judgement.change!.arms.map(({ seeds }) => seeds)).toEqual([3, 3, 3]);
    const longer = await compare(folder, ['--baseline', 'main', '--profile', 'longer']);
    expect(longer.report.baseline).toEqual({ kind: 'none', why: expect.stringMatching(/^the check cannot run at commit [0-9a-f]{10}: .*there is no profile "longer"/) as string });
    expect(longer.exitCode).toBe(0);
  });

  test('outside of a repository there is none', async () => {
    const folder = folderWith({});
    await writeTinyTransfer(folder);
    const { report } = await compare(folder);
    expect(report.baseline).toEqual({ kind: 'none', why: 'there is no git repository around the working directory' });
  });

  test.each(['--upload-pack=touch pwned', '-h', 'a..b', 'main:secret', 'ext:sh -c true'])('cannot be %s, which is one clear line', async (ref) => {
    const { folder } = await repository();
    const { exitCode, stderr, stdout } = await runCommand(folder, ['check', `--baseline=${ref}`]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`Option or input \`baseline\`: \`baseline\` cannot be "${ref}". It must be auto, off, or the name of a branch, a tag or a commit.`);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('works in a clone of one commit', async () => {
    const { root, first } = await repository();
    write(root, { 'README.md': 'changed' });
    const second = commitAll(root, 'second');
    const shallow = path.join(folderWith({}), 'checkout');
    shallowCheckout(shallow, pathToFileURL(root).href, second);
    const { report } = await compare(path.join(shallow, 'checks'), ['--baseline', first]);
    expect(report.baseline).toEqual({ kind: 'untouched', commit: first });
  });
});

test('on a pull request the action compares with the first parent of the merge that is checked out', async () => {
  const root = folderWith({});
  await writeTinyTransfer(root, withHead(0.5));
  const pull = withPullRequest(
    root,
    (at) => { write(at, { 'README.md': 'ours' }); },
    // Somebody else's change of the check is not charged to this one.
    (at) => { write(at, { 'layer-vitals.yml': stringify(withHead(0.05)) }); },
  );
  run(root, 'checkout', '--quiet', '--detach', pull.merge);
  const repository = { full_name: 'octo/demo' };
  const payload = { pull_request: { number: 1, head: { sha: pull.head, repo: repository }, base: { sha: pull.began, repo: repository } } };
  const step = { scratch: folderWith({}), node: NODES[0]!.node, workspace: root, event: 'pull_request', payload, token: '', apiUrl: 'http://127.0.0.1:9' };
  const { exitCode, summary, log } = await runAction(step);
  expect(exitCode, log).toBe(0);
  expect(summary).toContain(`This change does not touch what is checked: the same config, model and data as in commit \`${pull.base.slice(0, 10)}\`.`);
  const { summary: alone } = await runAction({ ...step, inputs: { baseline: 'off' } });
  expect(alone).not.toMatch(/This change|without this change/);
});

describe('what was measured before', () => {
  test('is not computed again: neither a second check, nor the baseline that the base branch left in the cache', async () => {
    const { root, folder, first } = await repository(withHead(0.5));
    const cache = path.join(folderWith({}), 'cache');
    const pushed = await compare(folder, [], cache);
    expect(pushed.stderr).toContain('training');

    const again = await compare(folder, [], cache);
    expect(again.stderr).not.toContain('training');
    expect(again.stdout).toContain('measured before');
    expect({ ...again.report.evidence, timing: null }).toEqual({ ...pushed.report.evidence, timing: null });
    expect(again.report.judgement).toEqual(pushed.report.judgement);

    await writeConfig(folder, withHead(0.4));
    const changed = await compare(folder, undefined, cache);
    expect(changed.report.baseline).toEqual({ kind: 'compared', commit: first });
    expect(changed.stderr).toContain('training');
    expect(changed.stderr).not.toContain('baseline:');
    // The same as without a cache.
    const alone = await compare(folder);
    expect(alone.stderr).toContain('baseline: training');
    expect(alone.report.judgement.change).toEqual(changed.report.judgement.change);

    // Limits are judged anew, whatever was measured.
    await writeConfig(folder, withHead(0.4, { thresholds: { 'std-shrinkage': { fail: 0.99 }, 'accuracy-delta': 'off', 'not-learning': 'off' } }));
    expect(await compare(folder, [], cache)).toMatchObject({ exitCode: 1 });
    await rm(path.join(folder, 'images'), { recursive: true });
    await cp(path.join(root, 'checks', 'model'), path.join(folder, 'images', 'a'), { recursive: true });
    expect((await runCommand(folder, ['check'], { env: { LAYER_VITALS_CACHE: cache } })).exitCode).toBe(2);
  });
});
