import fc from 'fast-check';

import { randomOf } from '../../src/engine/seeding.ts';
import { alongAxis, type Sliding } from './reference/sliding.ts';

/** Standard normal numbers (Box and Muller 1958), the same for the same seed. */
export function normal(seed: number): () => number {
  const random = randomOf(seed, 'test values');
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export interface SlidingCase extends Sliding {
  readonly image: readonly [batch: number, height: number, width: number, channels: number];
  /** Output channels of a convolution; of a depthwise one, per input channel. */
  readonly depth: number;
  readonly seed: number;
}

/** Small images and windows: sizes of 1 and primes, strides up to 3, both paddings; dilation or stride, never both. */
export function slidingCase({ dilated }: { dilated: boolean }): fc.Arbitrary<SlidingCase> {
  const pair = (...sizes: number[]) => fc.tuple(fc.constantFrom(...sizes), fc.constantFrom(...sizes));
  return fc
    .record({
      image: fc.tuple(fc.constantFrom(1, 2), fc.constantFrom(1, 2, 3, 5, 7), fc.constantFrom(1, 2, 4, 5), fc.constantFrom(1, 2, 3, 5)),
      depth: fc.constantFrom(1, 2, 3),
      window: pair(1, 2, 3),
      stride: dilated ? fc.constant([1, 1] as [number, number]) : pair(1, 2, 3),
      dilation: dilated ? pair(1, 2, 3) : fc.constant([1, 1] as [number, number]),
      padding: fc.constantFrom('same' as const, 'valid' as const),
      seed: fc.nat(),
    })
    .filter((c) => alongAxis(c.image[1], 0, c)[0] > 0 && alongAxis(c.image[2], 1, c)[0] > 0);
}
