import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { LaboratorySetup } from './laboratory.ts';
import type { WorkerStart } from './worker.ts';

/**
 * Worker threads, some of them started before it is known what they will work on: to load TensorFlow.js takes them
 * longer than to find that out.
 */
export class Threads {
  private readonly waiting: Worker[];

  /**
   * @param script file that calls `serveLaboratory` when it is loaded
   * @param count threads to start now
   */
  constructor(
    private readonly script: string,
    count: number,
  ) {
    this.waiting = Array.from({ length: count }, () => this.start());
  }

  /** A thread that opens a laboratory, and serves it. */
  open(setup: LaboratorySetup): Worker {
    const thread = this.waiting.shift() ?? this.start();
    thread.postMessage(setup);
    return thread;
  }

  /** Ends the threads that nobody asked for. */
  async close(): Promise<void> {
    await Promise.all(this.waiting.splice(0).map((thread) => thread.terminate()));
  }

  private start(): Worker {
    const workerData: WorkerStart = { layerVitals: 'laboratory' };
    // It starts before the environment of the native backend is settled, and has to see it.
    return new Worker(this.script, { workerData, env: SHARE_ENV });
  }
}
