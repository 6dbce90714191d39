import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../errors.ts';
import { Laboratory, type LaboratorySetup } from './laboratory.ts';
import { perform, type Task } from './tasks.ts';

/** What a worker thread answers. Errors cross as data: a class would arrive without its name. */
export type Answer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: { readonly code: string; readonly what: string; readonly fix: string } | { readonly stack: string } };

/** Marks the threads that this product started, as the same bundle runs in both. */
export interface WorkerStart {
  readonly layerVitals: 'laboratory';
}

/**
 * Serves tasks one after the other when this thread was started as a laboratory; does nothing elsewhere. The first
 * message says which one.
 */
export function serveLaboratory(): void {
  const start = workerData as Partial<WorkerStart> | null;
  const port = parentPort;
  if (!port || start?.layerVitals !== 'laboratory') return;
  port.once('message', (setup: LaboratorySetup) => {
    serve(port, Laboratory.open(setup));
  });
}

function serve(port: MessagePort, opening: Promise<Laboratory>): void {
  // The first task reports why a laboratory could not be opened.
  opening.catch(() => undefined);
  port.on('message', (task: Task) => {
    void opening
      .then(async (laboratory): Promise<Answer> => ({ ok: true, result: await perform(laboratory, task) }))
      .catch((error: unknown): Answer => ({ ok: false, error: asData(error) }))
      .then((answer) => {
        port.postMessage(answer);
      });
  });
}

function asData(error: unknown): Extract<Answer, { ok: false }>['error'] {
  if (error instanceof UserError) return { code: error.code, what: error.what, fix: error.fix };
  return { stack: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
