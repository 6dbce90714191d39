import { describe, expect, test } from 'vitest';
import { treatments } from '../../src/config/treatments.ts';
import { startBackend } from '../../src/engine/backend.ts';
import { heapBytes } from '../../src/engine/memory.ts';
import { randomOf } from '../../src/engine/seeding.ts';
import { loadKernels } from '../../src/engine/simd/module.ts';
import * as tf from '../../src/engine/tf.ts';
import { Laboratory, type LaboratorySetup } from '../../src/experiment/laboratory.ts';
import { estimateHeap } from '../../src/experiment/plan.ts';
import type { NetworkSpec } from '../../src/model/network.ts';

const EFFICIENTNET = { written: 'fixtures/models/efficientnet-lite0/model.json', absolute: `${import.meta.dirname}/../../fixtures/models/efficientnet-lite0/model.json` };
const MINUS_ONE_TO_ONE = treatments({ input: { normalization: 'minus-one-to-one', arms: ['normalized'] } })[0]!;
const PROBE = 32;
/** What a heap has before its first tensor. */
const FIRST_HEAP = 16 * 2 ** 20;

interface Case {
  readonly network: NetworkSpec;
  readonly size: number;
  readonly batchSize: number;
  /** Updates between two scores. */
  readonly updates: number;
}

const head = (...layers: NonNullable<NetworkSpec['head']>): NetworkSpec => ({ path: null, boundary: null, head: layers, train: 'all' });
const logits = { layer: 'dense', name: 'logits', units: 4 };

const CASES: Readonly<Record<string, Case>> = {
  // First: stock kernels that ours call stay with the first heap.
  'a recurrent network': {
    network: head({ layer: 'reshape', 'target-shape': [32, 96] }, { layer: 'lstm', units: 128, 'return-sequences': true }, { layer: 'gru', units: 64 }, logits),
    size: 32,
    batchSize: 64,
    updates: 2,
  },
  'a CNN from scratch': {
    network: head(
      { layer: 'conv-2d', filters: 32, 'kernel-size': 3, padding: 'same', activation: 'relu' },
      { layer: 'batch-normalization' },
      { layer: 'conv-2d', filters: 32, 'kernel-size': 3, padding: 'same', activation: 'relu' },
      { layer: 'max-pooling-2d', 'pool-size': 2 },
      { layer: 'conv-2d', filters: 64, 'kernel-size': 3, padding: 'same' },
      { layer: 'batch-normalization' },
      { layer: 're-lu' },
      { layer: 'flatten' },
      logits,
    ),
    size: 48,
    batchSize: 48,
    updates: 2,
  },
  'a depthwise separable network': {
    network: head(
      { layer: 'conv-2d', filters: 32, 'kernel-size': 1 },
      { layer: 'depthwise-conv-2d', 'kernel-size': 3, padding: 'same' },
      { layer: 'batch-normalization' },
      { layer: 're-lu', 'max-value': 6 },
      { layer: 'separable-conv-2d', filters: 48, 'kernel-size': 3 },
      { layer: 'global-average-pooling-2d' },
      logits,
    ),
    size: 40,
    batchSize: 16,
    updates: 2,
  },
  'an MLP': {
    network: head({ layer: 'flatten' }, { layer: 'dense', units: 768, activation: 'relu' }, { layer: 'dense', units: 512, activation: 'relu' }, logits),
    size: 48,
    batchSize: 32,
    updates: 3,
  },
  'a new head on a frozen trunk': {
    network: { path: EFFICIENTNET, boundary: null, head: [{ layer: 'global-average-pooling-2d' }, { layer: 'dense', units: 64, activation: 'relu' }, logits], train: 'head' },
    size: 96,
    batchSize: 16,
    updates: 3,
  },
  'a pretrained network, all of it trained': {
    network: { path: EFFICIENTNET, boundary: null, head: [{ layer: 'global-average-pooling-2d' }, logits], train: 'all' },
    size: 64,
    batchSize: 16,
    updates: 1,
  },
};

function setupOf({ network, size, batchSize, updates }: Case): LaboratorySetup {
  const random = randomOf(0, 'images');
  const images = Math.max(PROBE, batchSize * updates);
  const labels = Int32Array.from({ length: images }, (_, index) => index % 4);
  return {
    network,
    size: [size, size],
    answers: { kind: 'labels', labels, classes: 4 },
    loss: 'cross-entropy',
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
}

describe('the estimate of a heap', () => {
  test.each(Object.keys(CASES))('is right to a quarter for %s', async (name) => {
    const given = CASES[name]!;
    const setup = setupOf(given);
    await newHeap();
    expect(heapBytes()).toBe(FIRST_HEAP);
    const laboratory = await Laboratory.open(setup);
    const survey = laboratory.survey();
    const load = { survey, images: setup.strata.length, imageValues: given.size ** 2 * 3, arms: 1, batchSize: given.batchSize, probeImages: PROBE, chunk: 16, optimizer: 'adam' as const };
    const estimated = estimateHeap(load, given.batchSize, PROBE);
    workIn(laboratory, setup);
    const measured = heapBytes()!;
    laboratory.close();
    expect(estimated / measured).toBeGreaterThan(0.75);
    expect(estimated / measured).toBeLessThan(1.25);
  });
});
