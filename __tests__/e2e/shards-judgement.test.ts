import { chmodSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encode } from 'fast-png';
import { describe, expect, test, vi } from 'vitest';
import { randomOf } from '../../src/engine/seeding.ts';
import { commitAll, run } from '../git/repository.ts';
import { folderWith } from '../temporary-folder.ts';
import { COMMAND, plainEnvironment } from './run-command.ts';
import { expectTheSame, judged } from './shard-runs.ts';
import { tinyCheck } from './tiny-check.ts';
import { type ConfigData, writeConfig } from './tiny-transfer.ts';
import { REPOSITORY } from './run-action.ts';
import type { Report } from '../../src/report/types.ts';

vi.setConfig({ testTimeout: 300_000 });

const SIDE = 4;

/** Dark and bright images, which a layer tells apart at once unless its input has no size. */
async function darkAndBright(config: ConfigData): Promise<string> {
  const random = randomOf(0, 'images');
  const image = (brightness: number) => encode({ width: SIDE, height: SIDE, channels: 3, depth: 8, data: Uint8Array.from({ length: SIDE * SIDE * 3 }, () => brightness + 50 * random()) });
  const images = Array.from({ length: 12 }, (_, index) => [[`images/dark/${index}.png`, image(10)], [`images/bright/${index}.png`, image(190)]] as const).flat();
  const folder = folderWith(Object.fromEntries(images));
  await writeConfig(folder, config);
  return folder;
}

/** @param std what the declared normalization divides by: 1e9 leaves nothing to see */
function scratchConfig(std: number, more: Partial<ConfigData> = {}): ConfigData {
  return {
    model: { head: [{ layer: 'flatten' }, { layer: 'dense', name: 'logits', units: 2, activation: 'softmax' }] },
    data: { path: 'images', size: SIDE, validation: 2 },
    input: { normalization: { mean: 127.5, std }, arms: ['unit'] },
    training: { epochs: 8, 'batch-size': 4, 'learning-rate': 0.05 },
    experiment: { seeds: 4 },
    thresholds: { 'not-learning': 'off', 'input-scale': 'off' },
    ...more,
  };
}

const freshSeeds = ({ evidence }: Report): number[] => [...new Set(evidence.confirmation.map(({ seed }) => seed))];

describe('what a judgement asks for beyond the plan is measured by the job that merges, and has the bits of a check at once', () => {
  test('runs on fresh seeds that confirm a failure', async () => {
    const { exitCode, report } = await expectTheSame({ folder: await darkAndBright(scratchConfig(1e9)) }, 4);
    expect(freshSeeds(report)).toEqual([4, 5, 6, 7]);
    expect(report.judgement.findings).toContainEqual(expect.objectContaining({ rule: 'accuracy-delta', severity: 'error' }));
    expect(exitCode).toBe(1);
  });

  test('further looks, while a comparison is open', async () => {
    const folder = await tinyCheck(folderWith({}), 'pass');
    const config = path.join(folder, 'layer-vitals.yml');
    await writeFile(config, (await readFile(config, 'utf8')).replace('experiment:', 'experiment:\n  more-seeds: [3, 4]'));
    const { report } = await expectTheSame({ folder, args: ['--epochs', '8'] }, 3);
    expect(report.evidence.plan).toMatchObject({ seeds: [0, 1, 2, 3], looks: [2, 3, 4] });
  });

  test('fresh seeds on both sides, where a change has made it worse', async () => {
    const thresholds = { 'not-learning': 'off', 'input-scale': 'off', 'accuracy-delta': { warn: 100, fail: 'off', 'worsened-by': 20 } };
    const folder = await darkAndBright(scratchConfig(127.5, { thresholds }));
    run(folder, 'init', '--quiet', '--initial-branch=main');
    const first = commitAll(folder, 'first');
    await writeConfig(folder, scratchConfig(1e9, { thresholds }));
    commitAll(folder, 'second');
    const { exitCode, report } = await expectTheSame({ folder, args: ['--baseline', first] }, 3);
    expect(freshSeeds(report)).toEqual([4, 5, 6, 7]);
    expect(report.judgement.findings).toContainEqual(expect.objectContaining({ rule: 'worsened', severity: 'error' }));
    expect(exitCode).toBe(1);
  });
});

// The example is one for a shell of Unix.
test.skipIf(process.platform === 'win32')('the example of docs/shards.md for a plain shell runs as it is, and ends like the check', async () => {
  const page = readFileSync(path.join(REPOSITORY, 'docs/shards.md'), 'utf8');
  const example = /^## In any other CI\n[\s\S]*?^```sh\n([\s\S]*?)^```$/m.exec(page)![1]!;
  const [measure, judge] = example.split(/^(?=# Afterwards)/m) as [string, string];
  const folder = await darkAndBright(scratchConfig(1e9));
  const bin = folderWith({ 'layer-vitals': `#!/bin/sh\nexec '${process.execPath}' '${COMMAND}' "$@"\n` });
  chmodSync(path.join(bin, 'layer-vitals'), 0o755);
  const environment = { ...plainEnvironment(), PATH: `${bin}:/usr/bin:/bin` };
  const shell = (text: string, more: Readonly<Record<string, string>>) => execFileSync('sh', ['-eu', '-c', text], { cwd: folder, env: { ...environment, ...more }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  for (const I of ['1', '2', '3', '4']) expect(shell(measure, { I })).toMatch(new RegExp(`^Shard ${I} of 4: 2 runs measured`));
  let told = { status: 0, stdout: '' };
  try {
    shell(judge, {});
  } catch (error) {
    told = error as typeof told;
  }
  const { exitCode, stdout } = await judged(folder, ['check']);
  expect(told.status).toBe(exitCode);
  expect(exitCode).toBe(1);
  const verdict = (text: string) => text.split('\n')[0];
  expect(verdict(told.stdout)).toBe(verdict(stdout));
  expect(await readFile(path.join(folder, 'shards/1.json'), 'utf8')).toContain('"shardVersion"');
});
