import { treatments } from '../../src/config/treatments.ts';
import { startBackend } from '../../src/engine/backend.ts';
import { heapBytes } from '../../src/engine/memory.ts';
import { randomOf } from '../../src/engine/seeding.ts';
import { loadKernels } from '../../src/engine/simd/module.ts';
import * as tf from '../../src/engine/tf.ts';
import type { Loss } from '../../src/evidence/types.ts';
import { Laboratory, type LaboratorySetup } from '../../src/experiment/laboratory.ts';
import { estimateHeap } from '../../src/experiment/plan.ts';
import type { NetworkSpec } from '../../src/model/network.ts';

export const EFFICIENTNET = { written: 'fixtures/models/efficientnet-lite0/model.json', absolute: `${import.meta.dirname}/../../fixtures/models/efficientnet-lite0/model.json` };
const MINUS_ONE_TO_ONE = treatments({ input: { normalization: 'minus-one-to-one', arms: ['normalized'] } })[0]!;
const PROBE = 32;
/** What a heap has before its first tensor. */
const FIRST_HEAP = 16 * 2 ** 20;
const CLASSES = 4;

/** A network, and the work that it is to do. */
export interface HeapCase {
  readonly network: NetworkSpec;
  readonly size: number;
  readonly batchSize: number;
  /** Updates between two scores. */
  readonly updates: number;
  /** What is minimized where each pixel has a class; without it, each image has one. */
  readonly pixelLoss?: Loss;
}

export const trainedWhole = (...layers: NonNullable<NetworkSpec['head']>): NetworkSpec => ({ path: null, boundary: null, head: layers, train: 'all' });
export const LOGITS = { layer: 'dense', name: 'logits', units: CLASSES };

/** Bytes of a heap as they are estimated before the work, and as they are after it. */
export async function heapOf(given: HeapCase): Promise<{ readonly estimated: number; readonly measured: number }> {
  const setup = setupOf(given);
  await newHeap();
  const laboratory = await Laboratory.open(setup);
  const survey = laboratory.survey();
  const load = { survey, images: setup.strata.length, imageValues: given.size ** 2 * 3, arms: 1, batchSize: given.batchSize, probeImages: PROBE, chunk: 16, optimizer: 'adam' as const };
  const estimated = estimateHeap(load, given.batchSize, PROBE);
  workIn(laboratory, setup);
  const measured = heapBytes()!;
  laboratory.close();
  return { estimated, measured };
}

function setupOf({ network, size, batchSize, updates, pixelLoss }: HeapCase): LaboratorySetup {
  const random = randomOf(0, 'images');
  const images = Math.max(PROBE, batchSize * updates);
  const labels = Int32Array.from({ length: images }, (_, index) => index % CLASSES);
  return {
    network,
    size: [size, size],
    answers: pixelLoss ? { kind: 'masks', pixels: Uint8Array.from({ length: images * size * size }, () => Math.floor(random() * CLASSES)), size: [size, size], classes: CLASSES } : { kind: 'labels', labels, classes: CLASSES },
    loss: pixelLoss ?? 'cross-entropy',
    strata: labels,
    images: Float32Array.from({ length: images * size * size * 3 }, () => random() * 255),
    probe: Array.from({ length: PROBE }, (_, index) => index),
    recipe: { epochs: 1, batchSize, optimizer: 'adam', learningRate: 1e-4, chunk: 16 },
    backend: 'wasm',
    kernels: 'exact',
  };
}

/** All that a thread does in a check, once. */
function workIn(laboratory: Laboratory, { strata, probe, recipe }: LaboratorySetup): void {
  const features = new Float32Array(strata.length * laboratory.featureSize);
  const indices = [...strata.keys()];
  laboratory.features(MINUS_ONE_TO_ONE, 0, strata.length, features);
  laboratory.observeTrunk(MINUS_ONE_TO_ONE, probe);
  laboratory.referenceGains(0, features, probe);
  const train = indices.slice(0, strata.length - (strata.length % recipe.batchSize));
  laboratory.run({ arm: 'normalized', seed: 0, fold: null, train, validation: indices.slice(0, 8), probe, observedSteps: [0, 1] }, features);
}

/** A heap never shrinks: each network gets a new one. */
async function newHeap(): Promise<void> {
  await startBackend('wasm');
  if (heapBytes() === FIRST_HEAP) return;
  const factory = tf.findBackendFactory('wasm');
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', factory);
  await tf.setBackend('wasm');
  loadKernels('exact');
  if (heapBytes() !== FIRST_HEAP) throw new Error('The heap is not a new one.');
}
