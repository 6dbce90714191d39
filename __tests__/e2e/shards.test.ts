import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Report } from '../../src/report/types.ts';
import { commitAll, run } from '../git/repository.ts';
import { folderWith } from '../temporary-folder.ts';
import { runCommand } from './run-command.ts';
import { expectTheSame, judged, shardsOf, transfer } from './shard-runs.ts';
import { tinyConfig, writeConfig } from './tiny-transfer.ts';

vi.setConfig({ testTimeout: 300_000 });

const head = (...layers: readonly object[]) => [{ layer: 'global-average-pooling-2d' }, ...layers, { layer: 'dense', name: 'logits', units: 2, activation: 'softmax' }];

describe('shards, merged, are what a check measures at once, bit for bit', () => {
  test('in four parts of 1 or 2 runs', async () => {
    const { report } = await expectTheSame({ folder: await transfer() }, 4);
    expect(report.evidence.runs).toHaveLength(6);
  });

  test('with the remedies that the judgement asks for', async () => {
    const config = {
      ...tinyConfig(),
      model: { path: 'model/model.json', head: head({ layer: 'dense', name: 'weak', units: 8, activation: 'relu', 'kernel-initializer': { 'random-normal': { stddev: 0.001 } } }) },
      thresholds: {},
      training: { epochs: 1, 'batch-size': 4, 'learning-rate': 0.05 },
    };
    const { report } = await expectTheSame({ folder: await transfer(config) }, 3);
    expect(report.evidence.trials.length).toBeGreaterThan(0);
    expect(report.evidence.references.length).toBeGreaterThan(0);
  });

  test('under both modes of BatchNorm, whose arms are trained one mode after the other', async () => {
    const config = { ...tinyConfig(), model: { path: 'model/model.json', batchnorm: ['inference', 'training'] } };
    const { report } = await expectTheSame({ folder: await transfer(config) }, 3);
    expect(report.evidence.plan.arms).toHaveLength(6);
    expect(report.evidence.notes).toContainEqual(expect.stringContaining('No pretrained layer is a BatchNormalization'));
  });

  test('with the code without this change, of which each shard computes its part', async () => {
    const folder = await transfer({ ...tinyConfig(), model: { path: 'model/model.json', head: head() }, experiment: { seeds: 3 } });
    run(folder, 'init', '--quiet', '--initial-branch=main');
    const first = commitAll(folder, 'first');
    await writeConfig(folder, { ...tinyConfig(), model: { path: 'model/model.json', head: head({ layer: 'dense', name: 'new', units: 8, activation: 'relu' }) } });
    commitAll(folder, 'second');
    const { report } = await expectTheSame({ folder, args: ['--baseline', first] }, 3);
    expect(report.baseline).toEqual({ kind: 'compared', commit: first });
    expect(report.judgement.change).toMatchObject({ identical: false, newLayers: ['new'] });
  });
});

test('a shard says what it did, judges nothing, and computes only its part', async () => {
  const folder = await transfer();
  const { exitCode, stdout } = await runCommand(folder, ['check', '--shard', '2/3', '--json', 'two.json']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^Shard 2 of 3: 2 runs measured, in \S+\ss\. Nothing is judged until all shards are merged\.\n$/);
  const { head: side } = JSON.parse(await readFile(path.join(folder, 'two.json'), 'utf8')) as { head: { evidence: Report['evidence'] } };
  expect(side.evidence.runs.map(({ arm, seed }) => [arm, seed])).toEqual([['raw', 0], ['raw', 1]]);
  expect(Object.keys(side.evidence.trunk)).toEqual(['raw']);
  expect(side.evidence.references).toEqual([]);
});

test('what was measured before is not computed again, whoever measured it', async () => {
  const folder = await transfer();
  const env = { LAYER_VITALS_CACHE: path.join(folderWith({}), 'cache') };
  const shards = await shardsOf({ folder }, 2);
  await judged(folder, ['merge', shards], env);
  const again = await judged(folder, ['check'], env);
  expect(again.stderr).not.toContain('training');
  expect(again.stdout.replaceAll(/\s+/g, ' ')).toContain('measured before');
  const { stderr } = await runCommand(folder, ['check', '--shard', '1/2', '--json', path.join(shards, '1.json')], { env });
  expect(stderr).not.toContain('training');
  expect((await judged(folder, ['merge', shards])).exitCode).toBe(0);
});

interface Flaw {
  readonly name: string;
  /** Changes the folder of shards, or that of the check. */
  readonly by: (shards: string, folder: string) => unknown;
  readonly args?: readonly string[];
  readonly says: readonly string[];
}

interface Side {
  readonly evidence: { readonly runs: object[]; readonly environment: object; readonly plan: object };
}


const edited = async (file: string, edit: (shard: { origin: object; head: Side }) => void): Promise<void> => {
  const shard = JSON.parse(await readFile(file, 'utf8')) as { origin: object; head: Side };
  edit(shard);
  await writeFile(file, JSON.stringify(shard));
};

const FLAWS: readonly Flaw[] = [
  { name: 'no shard', by: async (shards) => { for (const index of [1, 2]) await rm(path.join(shards, `${index}.json`)); }, says: ['There is no shard'] },
  { name: 'a missing one', by: (shards) => rm(path.join(shards, '2.json')), says: ['Shard 2 of 2 is missing'] },
  { name: 'one that is there twice', by: async (shards) => { await mkdir(path.join(shards, 'more')); await writeFile(path.join(shards, 'more/1.json'), await readFile(path.join(shards, '1.json'))); }, says: ['Shard 1 of 2 is there twice', "1.json' and", 'more/1.json'] },
  { name: 'one of another number of parts', by: (shards) => edited(path.join(shards, '2.json'), (shard) => Object.assign(shard, { of: 3 })), says: ['Shard 2 of 3', '2.json', 'different plans'] },
  { name: 'one of another commit', by: (shards) => edited(path.join(shards, '2.json'), ({ origin }) => Object.assign(origin, { commit: 'c'.repeat(40) })), says: ['Shard 2 of 2', 'another commit', 'cccc', 'none'] },
  { name: 'one of another version', by: (shards) => edited(path.join(shards, '2.json'), ({ origin }) => Object.assign(origin, { version: '0.0.1' })), says: ['Shard 2 of 2', 'another version of layer-vitals: 0.0.1'] },
  { name: 'one of another Node', by: (shards) => edited(path.join(shards, '2.json'), ({ origin }) => Object.assign(origin, { runtime: 'Node 4 (V8 4, x64)' })), says: ['Shard 2 of 2', 'another version of Node: Node 4'] },
  { name: 'one of another check', by: (shards) => edited(path.join(shards, '2.json'), ({ origin }) => Object.assign(origin, { check: 'other' })), says: ['Shard 2 of 2', 'another check: other'] },
  { name: 'another config here', by: () => undefined, args: ['--epochs', '2'], says: ['Shard 1 of 2', 'another config'] },
  { name: 'another profile here', by: () => undefined, args: ['--profile', 'nightly'], says: ['Shard 1 of 2', 'another config'] },
  { name: 'other images here', by: (_, folder) => rm(path.join(folder, 'images/animals-and-nature/1f402.png')), says: ['Shard 1 of 2', 'another set of images'] },
  { name: 'another model here', by: async (_, folder) => { const file = path.join(folder, 'model/weights.bin'); const bytes = await readFile(file); bytes[5]! ^= 1; await writeFile(file, bytes); }, says: ['Shard 1 of 2', 'another model'] },
  { name: 'one of another backend', by: (shards) => edited(path.join(shards, '2.json'), ({ head: side }) => Object.assign(side.evidence.environment, { backend: 'native' })), says: ['Shard 2 of 2', 'another backend', 'wasm and native'] },
  { name: 'one of another plan', by: (shards) => edited(path.join(shards, '2.json'), ({ head: side }) => Object.assign(side.evidence.plan, { epochs: 7 })), says: ['Shard 2 of 2', 'another plan than shard 1', '`plan`'] },
  { name: 'one with runs of another', by: (shards) => edited(path.join(shards, '2.json'), ({ head: side }) => side.evidence.runs.push(side.evidence.runs[0]!)), says: ['Shard 2 of 2', 'does not hold the runs'] },
  { name: 'one that is cut short', by: async (shards) => writeFile(path.join(shards, '2.json'), (await readFile(path.join(shards, '2.json'))).subarray(0, 5000)), says: ['2.json', 'not JSON', 'cut short'] },
  { name: 'one with a wrong place', by: (shards) => edited(path.join(shards, '2.json'), ({ head: side }) => Object.assign(side.evidence.runs[0]!, { seed: 'x' })), says: ['2.json', '`head.evidence.runs[0].seed` is wrong'] },
  { name: 'one that is nested without end', by: (shards) => writeFile(path.join(shards, '2.json'), '['.repeat(50_000) + ']'.repeat(50_000)), says: ['2.json', 'nested too deep'] },
  { name: 'something else', by: (shards) => rename(path.join(shards, '2.json'), path.join(shards, '3.txt')).then(() => writeFile(path.join(shards, 'package.json'), '{}')), says: ['package.json', 'not a shard'] },
  { name: 'evidence of the future', by: (shards) => edited(path.join(shards, '2.json'), (shard) => Object.assign(shard, { shardVersion: 9 })), says: ['2.json', 'another version of layer-vitals wrote it'] },
  { name: 'one that could not run', by: (shards) => writeFile(path.join(shards, '2.json'), JSON.stringify({ shardVersion: 1, index: 2, of: 2, couldNotRun: { code: 'memory', what: 'Memory ran out.', fix: 'Use less.' } })), says: ['Shard 2 of 2 could not run: Memory ran out. Use less.'] },
];

describe('merge refuses in one line', () => {
  let scratch: string;
  const whole = { folder: '', shards: '' };
  beforeAll(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), 'layer-vitals-shards-'));
    whole.folder = await transfer(tinyConfig(), path.join(scratch, 'check'));
    whole.shards = path.join(scratch, 'shards');
    await mkdir(whole.shards);
    await shardsOf({ folder: whole.folder }, 2, whole.shards);
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  test.each(FLAWS)('$name', async ({ by, args = [], says }) => {
    const [folder, shards] = [folderWith({}), folderWith({})];
    await cp(whole.folder, folder, { recursive: true });
    await cp(whole.shards, shards, { recursive: true });
    await by(shards, folder);
    const { exitCode, stdout, stderr } = await runCommand(folder, ['merge', shards, ...args]);
    expect([exitCode, stdout], stderr).toEqual([2, '']);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    for (const text of says) expect(stderr).toContain(text);
  });
});

test.each<[string, readonly string[], readonly string[]]>([
  ['a part that is none', ['--shard', '3/2', '--json', 'x.json'], ['"3/2"', 'i/n']],
  ['more parts than runs', ['--shard', '1/7', '--json', 'x.json'], ['6 runs', '6 shards at most']],
  ['no file', ['--shard', '1/2'], ['`--json FILE`']],
  ['a report', ['--shard', '1/2', '--json', 'x.json', '--html', 'x.html'], ['no report of it']],
  ['a backend that each may choose', ['--shard', '1/2', '--json', 'x.json', '--backend', 'auto'], ['`backend: auto`', 'Name one']],
])('a shard cannot have %s', async (_, args, says) => {
  const { exitCode, stdout, stderr } = await runCommand(await transfer(), ['check', ...args]);
  expect([exitCode, stdout], stderr).toEqual([2, '']);
  for (const text of says) expect(stderr).toContain(text);
});
