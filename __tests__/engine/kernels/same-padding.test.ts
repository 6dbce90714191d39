import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { filled, relativeError, toTensor } from '../reference/array.ts';
import { conv2d, depthwiseConv2d } from '../reference/sliding.ts';

const pair = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 5 }));

describe('convolutions on wasm with a stride that leaves rows or columns over', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('are those of the reference, plain and fused, full and depthwise', () => {
    const cases = fc.record({ window: pair, stride: pair, height: fc.integer({ min: 1, max: 9 }), width: fc.integer({ min: 1, max: 9 }), seed: fc.nat() });
    fc.assert(
      fc.property(cases, ({ window, stride, height, width, seed }) => {
        const random = normal(seed);
        const sliding = { window, stride, dilation: [1, 1], padding: 'same' } as const;
        const x = filled([2, height, width, 2], random);
        const filter = filled([...window, 2, 3], random);
        const full = conv2d(x, filter, sliding).data;
        const depthwise = depthwiseConv2d(x, filter, sliding).data;
        tf.tidy(() => {
          const tensors = { x: toTensor<tf.Rank.R4>(x), filter: toTensor<tf.Rank.R4>(filter) };
          const fused = { ...tensors, strides: stride, pad: 'same' } as const;
          expect(relativeError(tf.conv2d(tensors.x, tensors.filter, stride, 'same').dataSync(), full)).toBeLessThan(1e-5);
          expect(relativeError(tf.fused.conv2d(fused).dataSync(), full)).toBeLessThan(1e-5);
          expect(relativeError(tf.depthwiseConv2d(tensors.x, tensors.filter, stride, 'same').dataSync(), depthwise)).toBeLessThan(1e-5);
          expect(relativeError(tf.fused.depthwiseConv2d(fused).dataSync(), depthwise)).toBeLessThan(1e-5);
        });
      }),
      { numRuns: 100 },
    );
  });
});
