import { execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const COMMAND = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));

/** The Node of this process and, where a path is given, another one; once where they are the same. */
export const NODES = [process.execPath, process.env.LAYER_VITALS_NODE24]
  .filter((node) => node !== undefined)
  .map((node) => ({ node, version: execFileSync(node, ['--version'], { encoding: 'utf8' }).trim() }))
  .filter(({ version }, index, all) => all.findIndex((other) => other.version === version) === index);

/** This process's environment without what decides on colours. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const settings = new Set(['NO_COLOR', 'FORCE_COLOR', 'CI']);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !settings.has(name)));
}

export interface CommandOptions {
  /** Path of the Node that runs the bundle. */
  readonly node?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the bundled command in a folder, without a terminal. */
export function runCommand(cwd: string, args: readonly string[], { node = process.execPath, env = {} }: CommandOptions = {}): Promise<CommandResult> {
  const child = spawn(node, [COMMAND, ...args], { cwd, env: { ...plainEnvironment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout.on('data', (chunk: Buffer) => chunks.stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.stderr.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => {
      resolve({ exitCode, stdout: Buffer.concat(chunks.stdout).toString(), stderr: Buffer.concat(chunks.stderr).toString() });
    });
  });
}
