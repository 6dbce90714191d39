import { availableParallelism, totalmem } from 'node:os';
import type { Validation } from '../data/load.ts';
import type { ValidationFacts } from '../evidence/types.ts';
import { UserError } from '../errors.ts';
import type { BackendName } from '../engine/backend.ts';
import type { Survey } from './laboratory.ts';

/** wasm32 addresses 4 GB; beyond it an allocation fails in the middle of a step. */
const HEAP_LIMIT = 4 * 2 ** 30;
/** Node, TensorFlow.js and the decoded images of one thread, measured on the shipped examples. */
const THREAD_BYTES = 150 * 2 ** 20;
/** Values that a heap holds for each activation of one example, measured on EfficientNet-Lite0 at 64 and 96 pixels. */
const HELD_IN_TRAINING = 5.6;
const BYTES = 4;

/** What a plan asks of the machine. */
export interface Resources {
  readonly threads: number;
  /** Of one thread's heap. */
  readonly heapBytes: number;
  readonly totalBytes: number;
}

export interface Load {
  readonly survey: Survey;
  readonly images: number;
  readonly imageValues: number;
  readonly arms: number;
  readonly batchSize: number;
  readonly probeImages: number;
  readonly chunk: number;
}

/**
 * Memory that the plan needs, before anything is trained.
 *
 * Training keeps every activation for the way back, and what activations, normalizations and gradients make beside it.
 * Inference holds the widest layers only, of which half of all is an upper bound.
 */
export function resourcesFor(load: Load, mostThreads: number | null): Resources {
  const { survey, images, imageValues, arms, batchSize, probeImages, chunk } = load;
  const { prefix, tail } = survey.activations;
  const training = Math.max(batchSize, probeImages) * (tail * HELD_IN_TRAINING + product(survey.featureShape));
  const inference = Math.max(chunk, probeImages) * Math.max(prefix, tail) * 0.5;
  const weights = survey.parameters + survey.trainableParameters * 3;
  const heapBytes = (Math.max(training, inference) + weights) * BYTES;
  const shared = images * (imageValues + arms * product(survey.featureShape)) * BYTES;
  const perThread = heapBytes + THREAD_BYTES;
  const affordable = Math.floor((totalmem() * 0.8 - shared) / perThread);
  const threads = Math.max(1, Math.min(mostThreads ?? Infinity, availableParallelism(), affordable));
  return { threads, heapBytes, totalBytes: shared + threads * perThread };
}

/** @throws UserError where one thread's tensors do not fit the address space or the machine */
export function requireMemory({ heapBytes, totalBytes }: Resources, batchSize: number, backend: BackendName): void {
  if (backend === 'wasm' && heapBytes > HEAP_LIMIT) {
    const fits = Math.max(1, Math.floor((batchSize * HEAP_LIMIT) / heapBytes));
    throw new UserError('memory', `The plan needs ${gigabytes(heapBytes)} for one batch, more than the 4.0 GB that WebAssembly can address.`, `Use a smaller \`training.batch-size\` (about ${fits}) or \`data.size\`.`);
  }
  if (totalBytes > totalmem()) {
    throw new UserError('memory', `The plan needs ${gigabytes(totalBytes)} of memory; this machine has ${gigabytes(totalmem())}.`, 'Use fewer or smaller images, or a smaller `training.batch-size`.');
  }
}

/** Seconds of an image in the frozen part, and of an update of the rest. */
export interface Pace {
  readonly perImage: number;
  readonly perUpdate: number;
}

/** Seconds of the whole plan, from the pace of its parts as measured on this machine. */
export function estimateSeconds(pace: Pace, load: Load, plan: { readonly runs: number; readonly stepsPerEpoch: number; readonly epochs: number; readonly observedSteps: number }, threads: number): number {
  const trunk = load.images * load.arms * pace.perImage;
  // A look costs a pass in each mode on the probe batch, with statistics: about four updates of its size.
  const look = (pace.perUpdate * 4 * load.probeImages) / load.batchSize;
  // Scoring is inference on every image: about a third of an epoch of updates.
  const updates = plan.stepsPerEpoch * plan.epochs * pace.perUpdate;
  return (trunk + plan.runs * (updates * (4 / 3) + plan.observedSteps * look)) / threads;
}

/** @throws UserError where the estimate exceeds the limit */
export function requireTime(seconds: number, limitSeconds: number): void {
  if (seconds > limitSeconds) {
    throw new UserError('time', `The plan would take about ${duration(seconds)}; \`time-limit\` is ${duration(limitSeconds)}.`, 'Raise `time-limit`, or use fewer epochs, seeds or images, or a smaller `data.size`.');
  }
}

/** Which images one seed trains and is judged on. */
export interface Split {
  readonly fold: number | null;
  readonly train: readonly number[];
  readonly validation: readonly number[];
}

/** Images that train, and that are held out, per seed; of the largest fold where folds differ. */
export function validationFacts(validation: Validation, splits: readonly Split[]): ValidationFacts {
  const images = {
    trainImages: Math.min(...splits.map((split) => split.train.length)),
    validationImages: Math.max(...splits.map((split) => split.validation.length)),
  };
  return validation.kind === 'folds' ? { ...validation, ...images } : { kind: 'fixed', path: validation.path.written, ...images };
}

/** `75 s`, `12 min`, `3.2 h`. */
export function duration(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GB`;
}

export function product(shape: readonly number[]): number {
  return shape.reduce((result, side) => result * side, 1);
}
