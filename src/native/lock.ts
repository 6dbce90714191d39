import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import { UserError } from '../errors.ts';
import { runTool } from './tools.ts';

/** What `flock` ends with where another process holds the lock. */
const HELD = 73;

/**
 * Runs `work` while no other process does so with the same lock file. The kernel holds the lock for a child that lives
 * as long as this process: whatever ends it, the lock is free again.
 *
 * @throws UserError `native-busy` where another process is at it
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(path.dirname(file), { recursive: true });
  await runTool('flock', ['--version']);
  // `cat` ends when its input does, which is when this process does.
  const holder = spawn('flock', ['--nonblock', '--conflict-exit-code', String(HELD), file, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => holder.once('close', resolve));
  try {
    const code = await Promise.race([ended, new Promise<null>((resolve) => holder.stdout.once('data', () => { resolve(null); }))]);
    if (code === HELD) throw new UserError('native-busy', 'Another process is installing or removing the native backend.', 'Wait until it has ended, then try again.');
    if (code !== null) throw new Error(`flock ended with ${code}.`);
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
