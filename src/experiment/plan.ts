import { availableParallelism, totalmem } from 'node:os';
import type { Validation } from '../data/load.ts';
import { type OptimizerName, slotsOf } from '../engine/update-rule.ts';
import type { ValidationFacts } from '../evidence/types.ts';
import { UserError } from '../errors.ts';
import type { Survey } from './laboratory.ts';

/** wasm32 addresses 4 GB; beyond it an allocation fails in the middle of a step. */
const HEAP_LIMIT = 4 * 2 ** 30;
/** Share of it, and of the machine's memory, that is given away: the estimate of a heap is right to a quarter. */
const GIVEN_AWAY = 0.8;
/** Node, TensorFlow.js and the decoded images of one thread, measured on the shipped examples. */
const THREAD_BYTES = 150 * 2 ** 20;
/** What a heap has before the first tensor, and by how much it grows at least. */
const FIRST_HEAP = 16 * 2 ** 20;
/** A heap grows by a fifth more than it must, but at most 96 MB (emscripten): half of that on average. */
const OVERGROWN = { share: 0.1, most: 48 * 2 ** 20 };
/** Of the weights that train: the run's own, those that are drawn for the next one, and gaps that blocks of this size leave. */
const COPIES = 3;
/** Statistics of fewer images would say little. */
const LEAST_PROBE = 8;
const BYTES = 4;

/** How the work is laid out in memory, before anything is trained. */
export interface MemoryPlan {
  readonly threads: number;
  /** Most examples that go through the network at once in an update. */
  readonly microBatch: number;
  /** Images on which layers are observed. */
  readonly probeImages: number;
  /** Estimated size of one thread's heap. */
  readonly heapBytes: number;
  readonly totalBytes: number;
  /** What the user should know of it, one sentence each. */
  readonly notes: readonly string[];
}

export interface Load {
  readonly survey: Survey;
  readonly images: number;
  readonly imageValues: number;
  readonly arms: number;
  readonly batchSize: number;
  readonly probeImages: number;
  readonly chunk: number;
  readonly optimizer: OptimizerName;
}

/** Bytes that this process may use: the machine's, or what a container or another limit leaves of them. */
export function memoryOfMachine(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/**
 * Size that one thread's heap will have, right to a quarter where it is more than 80 MB.
 *
 * Training keeps activations for the way back, and a look in training mode does so for the probe batch. Inference holds
 * the widest layer only. The survey has measured both on a few examples; here they are added to what stays: weights,
 * those that a run changes once more, what the optimizer remembers of them, and in trunk inference the folded ones.
 */
export function estimateHeap({ survey, chunk, optimizer }: Load, examplesAtOnce: number, probeImages: number): number {
  const { perPass, perImage, perStep, perExample } = survey.memory;
  const weights = survey.trainableParameters * (COPIES + slotsOf(optimizer)) * BYTES;
  const training = weights + perStep + Math.max(examplesAtOnce, probeImages) * perExample;
  const folded = (survey.parameters - survey.trainableParameters) * BYTES;
  const inference = perPass + Math.max(chunk * perImage + folded, probeImages * perImage);
  const bytes = survey.parameters * BYTES + Math.max(training, inference);
  return FIRST_HEAP / 2 + bytes + Math.min(bytes * OVERGROWN.share, OVERGROWN.most);
}

/**
 * Lays the work out: as many threads as there is memory for; where a batch does not fit into that of one thread, its
 * gradients in parts; where the probe batch does not, fewer images in it.
 *
 * @param machine bytes that there are
 * @throws UserError where nothing fits, or a batch does not that cannot be split
 */
export function planMemory(load: Load, mostThreads: number | null, machine = memoryOfMachine()): MemoryPlan {
  const { survey, images, imageValues, arms, batchSize } = load;
  const shared = images * (imageValues + arms * survey.featureSize) * BYTES;
  const addressable = survey.backend.name === 'wasm' ? HEAP_LIMIT : Infinity;
  const room = Math.min(addressable * GIVEN_AWAY, machine * GIVEN_AWAY - shared - THREAD_BYTES);
  const most = largest(Math.max(batchSize, load.probeImages), (examples) => estimateHeap(load, examples, Math.min(examples, load.probeImages)) <= room);
  if (most < Math.min(LEAST_PROBE, load.probeImages)) throw tooLarge(load, room, machine);
  if (most < batchSize && survey.batchDependent !== null) throw unsplittable(load, most);
  const parts = Math.ceil(batchSize / most);
  const microBatch = Math.ceil(batchSize / parts);
  const probeImages = Math.min(most, load.probeImages);
  const heapBytes = estimateHeap(load, microBatch, probeImages);
  const perThread = heapBytes + THREAD_BYTES;
  const affordable = Math.floor((machine * GIVEN_AWAY - shared) / perThread);
  const threads = Math.max(1, Math.min(mostThreads ?? Infinity, availableParallelism(), affordable));
  const notes = [
    ...(parts > 1 ? [`A batch of ${batchSize} images does not fit into memory: gradients were added up over parts of ${microBatch}.`] : []),
    ...(probeImages < load.probeImages ? [`Layers were observed on ${probeImages} images instead of ${load.probeImages}: more do not fit into memory.`] : []),
  ];
  return { threads, microBatch, probeImages, heapBytes, totalBytes: shared + threads * perThread, notes };
}

function tooLarge(load: Load, room: number, machine: number): UserError {
  const few = Math.min(LEAST_PROBE, load.probeImages);
  const limit = room < HEAP_LIMIT * GIVEN_AWAY ? `this machine has ${gigabytes(machine)}` : 'WebAssembly can address 4.0 GB';
  return new UserError(
    'memory',
    `To train and observe ${few} images at once needs about ${gigabytes(estimateHeap(load, few, few))} beside the data; ${limit}, of which a fifth is kept free.`,
    'Use a smaller `data.size`, fewer images, a smaller network, or train less of it (`model.train`).',
  );
}

function unsplittable({ batchSize, survey }: Load, fits: number): UserError {
  return new UserError(
    'memory',
    `A batch of ${batchSize} images does not fit into memory, and it cannot be split: '${survey.batchDependent!}' normalizes by the whole batch.`,
    `Set \`training.batch-size: ${fits}\` or less, or use a smaller \`data.size\`.`,
  );
}

/** The largest n from 1 to `most` that fits, where each smaller one does, too; 0 where none does. */
function largest(most: number, fits: (n: number) => boolean): number {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
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
