import { describe, expect, test } from 'vitest';
import { EFFICIENTNET, type HeapCase, heapOf, trainedWhole } from './heap-of.ts';

const CASES: Readonly<Record<string, HeapCase>> = {
  // First: stock kernels that ours call stay with the first heap.
  'a small U-Net from scratch, Dice and cross-entropy': {
    network: trainedWhole(
      { layer: 'conv-2d', name: 'fine', filters: 16, 'kernel-size': 3, padding: 'same', activation: 'relu' },
      { layer: 'max-pooling-2d', 'pool-size': 2 },
      { layer: 'conv-2d', filters: 32, 'kernel-size': 3, padding: 'same' },
      { layer: 'batch-normalization' },
      { layer: 're-lu' },
      { layer: 'conv-2d-transpose', name: 'raised', filters: 16, 'kernel-size': 2, strides: 2 },
      { layer: 'concatenate', inputs: ['raised', 'fine'] },
      { layer: 'conv-2d', name: 'logits', filters: 4, 'kernel-size': 3, padding: 'same' },
    ),
    size: 48,
    batchSize: 24,
    updates: 2,
    pixelLoss: 'cross-entropy-and-dice',
  },
  'a head that reads two layers of a frozen trunk': {
    network: {
      path: EFFICIENTNET,
      boundary: null,
      head: [
        { layer: 'conv-2d', name: 'reduced', filters: 32, 'kernel-size': 1, activation: 'relu' },
        { layer: 'up-sampling-2d', name: 'doubled', size: [2, 2], interpolation: 'bilinear' },
        { layer: 'concatenate', inputs: ['doubled', 'block4_add'] },
        { layer: 'conv-2d', filters: 32, 'kernel-size': 3, padding: 'same', activation: 'relu' },
        { layer: 'conv-2d', name: 'logits', filters: 4, 'kernel-size': 1 },
        { layer: 'resizing', height: 96, width: 96 },
      ],
      train: 'head',
    },
    size: 96,
    batchSize: 96,
    updates: 1,
    pixelLoss: 'cross-entropy',
  },
};

describe('the estimate of a heap, where each pixel has a class', () => {
  test.each(Object.keys(CASES))('is right to a quarter for %s', async (name) => {
    const { estimated, measured } = await heapOf(CASES[name]!);
    expect(estimated / measured).toBeGreaterThan(0.75);
    expect(estimated / measured).toBeLessThan(1.25);
  });
});
