import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import type { Report } from '../../src/report/types.ts';
import { folderWith } from '../temporary-folder.ts';
import { type CommandResult, runCommand } from './run-command.ts';
import { type ConfigData, tinyConfig, writeTinyTransfer } from './tiny-transfer.ts';

/** A check whose runs are divided. */
export interface Plan {
  readonly folder: string;
  readonly args?: readonly string[];
}

export async function transfer(config: ConfigData = tinyConfig(), folder = folderWith({})): Promise<string> {
  await writeTinyTransfer(folder, config);
  return folder;
}

/** Computes all shards into a folder. */
export async function shardsOf({ folder, args = [] }: Plan, of: number, shards = folderWith({})): Promise<string> {
  for (let index = 1; index <= of; index++) {
    const result = await runCommand(folder, ['check', '--shard', `${index}/${of}`, '--json', path.join(shards, `${index}.json`), ...args]);
    expect(result.exitCode, result.stderr).toBe(0);
  }
  return shards;
}

export interface Judged extends CommandResult {
  readonly report: Report;
}

export async function judged(folder: string, command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Judged> {
  const json = path.join(folderWith({}), 'report.json');
  const result = await runCommand(folder, [...command, '--json', json], { env });
  expect(result.exitCode, result.stderr).toBeLessThan(2);
  return { ...result, report: JSON.parse(await readFile(json, 'utf8')) as Report };
}

/** All but how long it took. */
function withoutTime({ evidence, judgement, ...rest }: Report): object {
  return { ...rest, evidence: { ...evidence, timing: null }, judgement: { ...judgement, arms: judgement.arms.map((arm) => ({ ...arm, secondsToTarget: null })), comparisons: judgement.comparisons } };
}

/** Measures a check at once and in parts, and holds one against the other. */
export async function expectTheSame(plan: Plan, of: number): Promise<Judged> {
  const { folder, args = [] } = plan;
  const whole = await judged(folder, ['check', ...args]);
  const merged = await judged(folder, ['merge', await shardsOf(plan, of), ...args]);
  expect(merged.exitCode).toBe(whole.exitCode);
  expect(withoutTime(merged.report)).toEqual(withoutTime(whole.report));
  // In the order in which they ended, where several threads do them.
  const timed = ({ evidence }: Report) => evidence.timing.runs.map(({ arm, seed, steps }) => `${arm} ${seed} ${steps}`).sort();
  expect(timed(merged.report)).toEqual(timed(whole.report));
  return merged;
}
