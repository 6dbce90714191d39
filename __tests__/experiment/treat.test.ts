import { beforeAll, expect, test } from 'vitest';
import { treatments } from '../../src/config/treatments.ts';
import { startBackend } from '../../src/engine/backend.ts';
import { treat } from '../../src/experiment/treat.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

/** Two images of one row of two pixels. */
const IMAGES = Float32Array.of(0, 10, 20, 30, 40, 50, 7, 7, 7, 7, 7, 7);

function treated(arm: 'unit' | 'caffe' | 'per-image', index: number): number[] {
  const [, treatment] = treatments({ input: { normalization: 'raw', arms: ['normalized', arm] } });
  const batch = treat(treatment!, IMAGES, [index], 1, 2);
  expect(batch.shape).toEqual([1, 1, 2, 3]);
  return Array.from(batch.dataSync());
}

test('scales, and turns the channels where the model reads BGR', () => {
  expect(treated('unit', 0)).toEqual([0, 10, 20, 30, 40, 50].map((value) => Math.fround(value / 255)));
  expect(treated('caffe', 0)).toEqual([20 - 103.939, 10 - 116.779, 0 - 123.68, 50 - 103.939, 40 - 116.779, 30 - 123.68].map(Math.fround));
});

test('brings each image to mean 0 and standard deviation 1, and leaves one without contrast at 0', () => {
  const values = treated('per-image', 0);
  expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 5);
  expect(values.reduce((sum, value) => sum + value ** 2, 0) / 6).toBeCloseTo(1, 6);
  expect(treated('per-image', 1)).toEqual([0, 0, 0, 0, 0, 0]);
});
