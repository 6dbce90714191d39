import { chmod, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BAD_INPUTS, type BadInput, FIRST_IMAGE } from './bad-inputs.ts';
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

test('images of different sizes pass, and the report says what was done to them', async () => {
  const pixels = new Uint8Array(20 * 30 * 3).fill(200);
  const folder = await brokenBy({
    files: (folder) => writeFile(path.join(folder, FIRST_IMAGE), encode({ width: 30, height: 20, channels: 3, depth: 8, data: pixels })),
  });
  const { exitCode, stdout } = await runCommand(folder, ['check']);
  expect(exitCode).toBe(0);
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain('Note: The images have 2 different sizes; all were scaled to 16 x 16 pixels');
});

// Whoever runs as root may write anything.
test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('a report that may not be written over is told before the check', async () => {
  const folder = await brokenBy({ files: (folder) => chmod(path.join(folder, 'report.md'), 0o444) });
  const { exitCode, stdout, stderr } = await runCommand(folder, ['check', '--markdown', 'report.md']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toBe(' COULD NOT RUN  report.md: cannot be written (permission denied). Change its permissions, or name another file.\n');
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
