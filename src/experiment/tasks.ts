import type { Treatment } from '../config/treatments.ts';
import { UserError } from '../errors.ts';
import type { Remedy } from '../evidence/remedy.ts';
import type { Observation, ReferenceGain, Run } from '../evidence/types.ts';
import type { Fingerprint } from '../evidence/fingerprint.ts';
import type { Laboratory, Survey } from './laboratory.ts';
import type { Lesson } from './training.ts';
import { TrunkResults } from './trunk-results.ts';

/**
 * One piece of work for a laboratory. Feature arrays are shared memory: every thread sees the same values. `cache` is the
 * folder that keeps results between checks, if any.
 */
export type Task =
  | { readonly kind: 'survey' }
  | { readonly kind: 'features'; readonly treatment: Treatment; readonly from: number; readonly to: number; readonly features: Float32Array; readonly cache: string | null }
  | { readonly kind: 'trunk'; readonly treatment: Treatment; readonly probe: readonly number[]; readonly cache: string | null }
  | { readonly kind: 'fingerprint'; readonly labels: Int32Array | null }
  | { readonly kind: 'pace'; readonly features: Float32Array; readonly microBatch: number }
  | { readonly kind: 'references'; readonly seed: number; readonly features: Float32Array; readonly probe: readonly number[] }
  | { readonly kind: 'run'; readonly lesson: Lesson; readonly features: Float32Array; readonly remedy: Remedy | null };

export interface Results {
  survey: Survey;
  /** Seconds per image. */
  features: number;
  trunk: readonly Observation[];
  fingerprint: Fingerprint;
  /** Seconds per update. */
  pace: number;
  references: readonly ReferenceGain[];
  run: { readonly run: Run; readonly seconds: number };
}

export type ResultOf<T extends Task> = Results[T['kind']];

/** @throws UserError where memory runs out in the middle, which an estimate can miss */
export async function perform<T extends Task>(laboratory: Laboratory, task: T): Promise<ResultOf<T>> {
  try {
    return (await performAny(laboratory, task)) as ResultOf<T>;
  } catch (error) {
    if (!isOutOfMemory(error)) throw error;
    throw new UserError('memory', 'Memory ran out while the network was running.', 'Use a smaller `training.batch-size` or `data.size`.', { cause: error });
  }
}

/** A failed allocation in WebAssembly aborts, or shows as an access out of bounds; one in JavaScript is a RangeError. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && /memory access out of bounds|Aborted\(\)|Array buffer allocation failed|out of memory/i.test(error.message);
}

function performAny(laboratory: Laboratory, task: Task): Results[Task['kind']] | Promise<Fingerprint> {
  switch (task.kind) {
    case 'survey':
      return laboratory.survey();
    case 'features':
      return secondsPerImage(laboratory, task);
    case 'trunk':
      return new TrunkResults(laboratory, task.cache).observations(task.treatment, task.probe);
    case 'fingerprint':
      return laboratory.fingerprint(task.labels);
    case 'pace':
      return laboratory.secondsPerUpdate(task.features, task.microBatch);
    case 'references':
      return laboratory.referenceGains(task.seed, task.features, task.probe);
    case 'run': {
      const { value, seconds } = timed(() => laboratory.run(task.lesson, task.features, task.remedy));
      return { run: value, seconds };
    }
  }
}

function secondsPerImage(laboratory: Laboratory, { treatment, from, to, features, cache }: Extract<Task, { kind: 'features' }>): number {
  const start = performance.now();
  new TrunkResults(laboratory, cache).features(treatment, from, to, features);
  return (performance.now() - start) / 1000 / (to - from);
}

function timed<T>(work: () => T): { value: T; seconds: number } {
  const start = performance.now();
  const value = work();
  return { value, seconds: (performance.now() - start) / 1000 };
}
