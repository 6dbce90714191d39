import { spawn } from 'node:child_process';

import { UserError } from '../errors.ts';

export interface ToolOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** What a program that ended well printed. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that ended otherwise than well. */
export class ToolFailure extends Error {
  override readonly name = 'ToolFailure';

  /** @param reason one line */
  constructor(
    readonly command: string,
    readonly reason: string,
    readonly output: string,
  ) {
    super(`${command}: ${reason}`);
  }
}

/**
 * Runs a program of the machine to its end.
 *
 * @throws UserError `native-tool` where there is no such program, `disk-full` where it says so
 * @throws ToolFailure where it fails otherwise
 */
export function runTool(command: string, args: readonly string[], { cwd, env = process.env }: ToolOptions = {}): Promise<Printed> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    child.stdout.on('data', (chunk: Buffer) => chunks.stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.stderr.push(chunk));
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? missingTool(command) : error);
    });
    child.on('close', (code, signal) => {
      const printed = { stdout: Buffer.concat(chunks.stdout).toString(), stderr: Buffer.concat(chunks.stderr).toString() };
      if (code === 0) resolve(printed);
      else reject(failureOf(command, `${printed.stdout}\n${printed.stderr}`, code === null ? `it was ended by ${String(signal)}` : `it ended with ${code}`));
    });
  });
}

/** The first of several programs that this machine has. */
export async function firstTool(commands: readonly string[]): Promise<string> {
  for (const command of commands) {
    const found = await runTool(command, ['--version']).then(() => true, () => false);
    if (found) return command;
  }
  throw missingTool(commands[0]!);
}

const PACKAGES: Readonly<Record<string, string>> = {
  python3: 'Python 3 with pip (Debian and Ubuntu: `apt-get install python3-pip`)',
  'g++': 'a C++17 compiler (Debian and Ubuntu: `apt-get install g++`)',
  npm: 'npm, which comes with Node',
  flock: '`flock` of util-linux',
};

function missingTool(command: string): UserError {
  return new UserError('native-tool', `\`${command}\` is needed to install the native backend, and is not here.`, `Install ${PACKAGES[command] ?? command}, or use \`backend: wasm\`.`);
}

export function diskFull(where: string, cause?: unknown): UserError {
  return new UserError('disk-full', `The disk is full: ${where}.`, 'Free some space, or set LAYER_VITALS_NATIVE_CACHE to a folder on another disk.', { cause });
}

function failureOf(command: string, output: string, end: string): Error {
  const lines = output.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  if (lines.some((line) => /No space left on device|ENOSPC/.test(line))) return diskFull(`${command} could not write`);
  const told = lines.findLast((line) => /^ERROR|^npm error (?!A complete log|code )|error:|No module named/i.test(line)) ?? lines.at(-1);
  return new ToolFailure(command, told ?? end, output);
}
