import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BAD_INPUTS, type BadInput } from './bad-inputs.ts';
import { runCommand } from './run-command.ts';
import { tinyConfig, writeConfig, writeTinyTransfer } from './tiny-transfer.ts';

const REPORTS = ['report.json', 'report.md'];

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'layer-vitals-bad-input-'));
  await writeTinyTransfer(path.join(scratch, 'right'));
});
afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

/** A copy of what is right, with the reports of an earlier check and one thing broken. */
async function brokenBy({ config: change, files }: Omit<BadInput, 'name' | 'says'>): Promise<string> {
  const folder = await mkdtemp(path.join(scratch, 'broken-'));
  await cp(path.join(scratch, 'right'), folder, { recursive: true });
  for (const report of REPORTS) await writeFile(path.join(folder, report), 'earlier');
  const config = tinyConfig();
  change?.(config);
  await writeConfig(folder, config);
  await files?.(folder);
  return folder;
}

/** Reports of their own, where the bad input is not about reports. */
function reportArguments(args: readonly string[]): readonly string[] {
  return args.some((arg) => arg === '--json' || arg === '--markdown') ? [] : ['--json', 'report.json', '--markdown', 'report.md'];
}

test('what nothing was broken in passes', async () => {
  expect(await runCommand(await brokenBy({}), ['check'])).toMatchObject({ exitCode: 0 });
});

describe.concurrent('bad input', () => {
  test.for(BAD_INPUTS)('$name', async ({ args = [], says, ...broken }) => {
    const folder = await brokenBy(broken);
    const before = await readdir(folder, { recursive: true });
    const { exitCode, stdout, stderr } = await runCommand(folder, ['check', ...reportArguments(args), ...args]);
    expect(stderr).toMatch(/^ COULD NOT RUN {2}\P{Cc}+\.?\n$/u);
    for (const words of says) expect(stderr).toContain(words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(await readdir(folder, { recursive: true })).toEqual(before);
    for (const report of REPORTS) expect(await readFile(path.join(folder, report), 'utf8')).toBe('earlier');
  });
});
