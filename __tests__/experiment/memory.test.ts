import { describe, expect, test } from 'vitest';
import { EFFICIENTNET, type HeapCase, heapOf, LOGITS, trainedWhole } from './heap-of.ts';

const CASES: Readonly<Record<string, HeapCase>> = {
  // First: stock kernels that ours call stay with the first heap.
  'a recurrent network': {
    network: trainedWhole({ layer: 'reshape', 'target-shape': [32, 96] }, { layer: 'lstm', units: 128, 'return-sequences': true }, { layer: 'gru', units: 64 }, LOGITS),
    size: 32,
    batchSize: 64,
    updates: 2,
  },
  'a CNN from scratch': {
    network: trainedWhole(
      { layer: 'conv-2d', filters: 32, 'kernel-size': 3, padding: 'same', activation: 'relu' },
      { layer: 'batch-normalization' },
      { layer: 'conv-2d', filters: 32, 'kernel-size': 3, padding: 'same', activation: 'relu' },
      { layer: 'max-pooling-2d', 'pool-size': 2 },
      { layer: 'conv-2d', filters: 64, 'kernel-size': 3, padding: 'same' },
      { layer: 'batch-normalization' },
      { layer: 're-lu' },
      { layer: 'flatten' },
      LOGITS,
    ),
    size: 48,
    batchSize: 48,
    updates: 2,
  },
  'a depthwise separable network': {
    network: trainedWhole(
      { layer: 'conv-2d', filters: 32, 'kernel-size': 1 },
      { layer: 'depthwise-conv-2d', 'kernel-size': 3, padding: 'same' },
      { layer: 'batch-normalization' },
      { layer: 're-lu', 'max-value': 6 },
      { layer: 'separable-conv-2d', filters: 48, 'kernel-size': 3 },
      { layer: 'global-average-pooling-2d' },
      LOGITS,
    ),
    size: 40,
    batchSize: 16,
    updates: 2,
  },
  'an MLP': {
    network: trainedWhole({ layer: 'flatten' }, { layer: 'dense', units: 768, activation: 'relu' }, { layer: 'dense', units: 512, activation: 'relu' }, LOGITS),
    size: 48,
    batchSize: 32,
    updates: 3,
  },
  'a new head on a frozen trunk': {
    network: { path: EFFICIENTNET, boundary: null, head: [{ layer: 'global-average-pooling-2d' }, { layer: 'dense', units: 64, activation: 'relu' }, LOGITS], train: 'head' },
    size: 96,
    batchSize: 16,
    updates: 3,
  },
  'a pretrained network, all of it trained': {
    network: { path: EFFICIENTNET, boundary: null, head: [{ layer: 'global-average-pooling-2d' }, LOGITS], train: 'all' },
    size: 64,
    batchSize: 16,
    updates: 1,
  },
};

describe('the estimate of a heap', () => {
  test.each(Object.keys(CASES))('is right to a quarter for %s', async (name) => {
    const { estimated, measured } = await heapOf(CASES[name]!);
    expect(estimated / measured).toBeGreaterThan(0.75);
    expect(estimated / measured).toBeLessThan(1.25);
  });
});
