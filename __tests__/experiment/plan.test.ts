import fc from 'fast-check';
import { totalmem } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { Survey } from '../../src/experiment/laboratory.ts';
import { estimateHeap, type Load, memoryOfMachine, planMemory } from '../../src/experiment/plan.ts';

const MB = 2 ** 20;
const GB = 2 ** 30;

/** @param perExample bytes that training takes for each example */
function loadOf(perExample: number, more: Partial<Load> = {}, batchDependent: string | null = null): Load {
  const survey: Survey = {
    sites: [],
    backend: { name: 'wasm', tfjs: '' },
    task: { kind: 'classification', metric: 'accuracy', loss: 'cross-entropy', trivial: { metric: 0.5, std: 0.5, loss: Math.LN2 } },
    boundary: null,
    newLayers: 1,
    parameters: 1000,
    trainableParameters: 1000,
    fusedMultiplyAdd: false,
    featureSize: 64,
    activations: { prefix: 0, tail: 1000 },
    memory: { perPass: MB, perImage: perExample / 10, perStep: 2 * MB, perExample },
    batchDependent,
  };
  return { survey, images: 100, imageValues: 1000, arms: 3, batchSize: 64, probeImages: 32, chunk: 16, optimizer: 'adam', ...more };
}

describe('planMemory', () => {
  test('leaves a batch that fits as it is, and says nothing of it', () => {
    const plan = planMemory(loadOf(10 * MB), 1, 16 * GB);
    expect(plan).toMatchObject({ threads: 1, microBatch: 64, probeImages: 32, notes: [] });
    expect(plan.heapBytes).toBe(estimateHeap(loadOf(10 * MB), 64, 32));
  });

  test('opens no more threads than there is memory for, and splits no batch for another thread', () => {
    const threads = (machine: number) => planMemory(loadOf(10 * MB), null, machine).threads;
    expect(threads(1.4 * GB)).toBe(1);
    expect(planMemory(loadOf(10 * MB), null, 1.4 * GB).microBatch).toBe(64);
    expect(threads(1024 * GB)).toBeGreaterThanOrEqual(threads(1.4 * GB));
  });

  test('splits a batch that WebAssembly cannot address into even parts, and says so', () => {
    const plan = planMemory(loadOf(90 * MB), 1, 64 * GB);
    expect(plan.microBatch).toBe(32);
    expect(plan.notes).toEqual(['A batch of 64 images does not fit into memory: gradients were added up over parts of 32.']);
  });

  test('observes fewer images where the probe batch does not fit', () => {
    const plan = planMemory(loadOf(150 * MB, { batchSize: 16 }), 1, 64 * GB);
    expect(plan.microBatch).toBe(16);
    expect(plan.probeImages).toBeLessThan(32);
    expect(plan.notes).toEqual([`Layers were observed on ${plan.probeImages} images instead of 32: more do not fit into memory.`]);
  });

  test('never plans more than four fifths of what there is, and wastes no part that would fit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 64 }), (perExample, batchSize, machine) => {
        const load = loadOf(perExample * MB, { batchSize });
        const { threads, microBatch, totalBytes, heapBytes } = planMemory(load, 8, 5 * GB + machine * GB);
        expect(threads).toBeGreaterThanOrEqual(1);
        expect(totalBytes).toBeLessThanOrEqual(0.8 * (5 + machine) * GB);
        expect(heapBytes).toBeLessThanOrEqual(0.8 * 4 * GB);
        const parts = Math.ceil(batchSize / microBatch);
        if (parts > 1) expect(estimateHeap(load, Math.ceil(batchSize / (parts - 1)), 8)).toBeGreaterThan(0.8 * 4 * GB);
      }),
    );
  });

  test('refuses to split a batch that a layer normalizes by, and names the one that fits', () => {
    const load = loadOf(90 * MB, {}, 'norm_1');
    expect(() => planMemory(load, 1, 64 * GB)).toThrow(/^A batch of 64 images does not fit into memory, and it cannot be split: 'norm_1' normalizes by the whole batch\. Set `training.batch-size: 3\d` or less/);
    const fits = Number(/batch-size: (\d+)/.exec(String(thrownBy(() => planMemory(load, 1, 64 * GB))))![1]);
    expect(planMemory({ ...load, batchSize: fits }, 1, 64 * GB).microBatch).toBe(fits);
    expect(() => planMemory({ ...load, batchSize: fits + 1 }, 1, 64 * GB)).toThrow('cannot be split');
  });

  test.each([
    ['WebAssembly can address 4.0 GB', 64 * GB],
    ['this machine has 2.0 GB', 2 * GB],
  ])('refuses what does not fit at all: %s', (limit, machine) => {
    const error = thrownBy(() => planMemory(loadOf(600 * MB), 1, machine));
    expect(error).toMatchObject({ name: 'UserError', code: 'memory' });
    expect(String(error)).toContain(limit);
    expect(String(error)).toContain('8 images at once needs about 4.7 GB');
  });

  test('knows the memory of the machine, or of the container around it', () => {
    expect(memoryOfMachine()).toBeGreaterThan(100 * MB);
    expect(memoryOfMachine()).toBeLessThanOrEqual(totalmem());
  });
});

function thrownBy(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}
