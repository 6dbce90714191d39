import type { Worker } from 'node:worker_threads';
import { UserError } from '../errors.ts';
import type { Laboratory, LaboratorySetup } from './laboratory.ts';
import { perform, type ResultOf, type Task } from './tasks.ts';
import type { Threads } from './threads.ts';
import type { Answer } from './worker.ts';

/** Does tasks, several at a time where there are threads. The results do not depend on how many. */
export interface Pool {
  /** How many tasks run at once. */
  readonly size: number;
  /** Opens laboratories, or closes idle ones, until there are `threads` of them, where there can be more than one. */
  resize(threads: number): void;
  perform<T extends Task>(task: T): Promise<ResultOf<T>>;
  close(): Promise<void>;
}

/**
 * Opens laboratories.
 *
 * @param threads where they are served; null works in this thread
 * @param count how many
 */
export function openPool(setup: LaboratorySetup, threads: Threads | null, count: number): Pool {
  return threads === null ? new InlinePool(setup) : new ThreadPool(setup, threads, count);
}

class InlinePool implements Pool {
  readonly size = 1;
  private readonly laboratory: Promise<Laboratory>;

  constructor(setup: LaboratorySetup) {
    // TensorFlow.js is loaded only where a laboratory is.
    this.laboratory = import('./laboratory.ts').then((module) => module.Laboratory.open(setup));
    this.laboratory.catch(() => undefined);
  }

  resize(): void {
    // This thread is all there is.
  }

  async perform<T extends Task>(task: T): Promise<ResultOf<T>> {
    const laboratory = await this.laboratory;
    // Another pool of this thread may have made its own backend the one that computes.
    await laboratory.resume();
    return perform(laboratory, task);
  }

  async close(): Promise<void> {
    (await this.laboratory.catch(() => null))?.close();
  }
}

interface Job {
  readonly task: Task;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

class ThreadPool implements Pool {
  private readonly idle: Worker[] = [];
  private readonly working: Worker[] = [];
  private readonly queue: Job[] = [];
  private readonly running = new Map<Worker, Job>();

  constructor(
    private readonly setup: LaboratorySetup,
    private readonly threads: Threads,
    count: number,
  ) {
    this.resize(count);
  }

  get size(): number {
    return this.working.length;
  }

  resize(threads: number): void {
    while (this.working.length > threads && this.idle.length > 0) {
      const thread = this.idle.pop()!;
      this.working.splice(this.working.indexOf(thread), 1);
      void thread.terminate();
    }
    while (this.working.length < threads) {
      const thread = this.start();
      this.working.push(thread);
      this.idle.push(thread);
      this.next();
    }
  }

  perform<T extends Task>(task: T): Promise<ResultOf<T>> {
    return new Promise((resolve, reject) => {
      this.queue.push({ task, resolve: resolve as (result: unknown) => void, reject });
      this.next();
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.working.map((thread) => thread.terminate()));
  }

  private start(): Worker {
    const thread = this.threads.open(this.setup);
    thread.on('message', (answer: Answer) => {
      this.finish(thread, answer);
    });
    thread.on('error', (error) => {
      this.fail(thread, error instanceof Error ? error : new Error(String(error)));
    });
    return thread;
  }

  private next(): void {
    if (this.queue.length === 0) return;
    const thread = this.idle.shift();
    if (!thread) return;
    const job = this.queue.shift()!;
    this.running.set(thread, job);
    thread.postMessage(job.task);
  }

  private finish(thread: Worker, answer: Answer): void {
    const job = this.running.get(thread);
    this.running.delete(thread);
    this.idle.push(thread);
    if (answer.ok) job?.resolve(answer.result);
    else job?.reject(asError(answer.error));
    this.next();
  }

  private fail(thread: Worker, error: Error): void {
    this.running.get(thread)?.reject(error);
    this.running.delete(thread);
    // A thread that died takes the check with it: nothing that waits would ever be done.
    for (const job of this.queue.splice(0)) job.reject(error);
  }
}

function asError(error: Extract<Answer, { ok: false }>['error']): Error {
  if ('code' in error) return new UserError(error.code, error.what, error.fix);
  return Object.assign(new Error(error.stack.split('\n', 1)[0]), { stack: error.stack });
}
