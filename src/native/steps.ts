import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** How far one step is; `total` 1 where it cannot be told. */
export interface Step {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly secondsLeft: null;
}

export type OnStep = (step: Step) => void;

const MEGABYTE = 2 ** 20;
const INTERVAL = 500;

/** Tells that a step of unknown length begins. */
export function begin(onStep: OnStep, phase: string): void {
  onStep({ phase, done: 0, total: 1, secondsLeft: null });
}

/** Runs `work`, which fills `folder`, and tells how much of `bytes` is there. */
export async function watched<T>(phase: string, bytes: number, folder: string, onStep: OnStep, work: () => Promise<T>): Promise<T> {
  const tell = (there: number) => {
    onStep({ phase: `${phase} (MB)`, done: Math.round(Math.min(there, bytes) / MEGABYTE), total: Math.round(bytes / MEGABYTE), secondsLeft: null });
  };
  tell(0);
  const timer = setInterval(() => void bytesIn(folder).then(tell), INTERVAL);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(entries.map((entry) => stat(path.join(folder, entry)).then((found) => (found.isFile() ? found.size : 0), () => 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}
