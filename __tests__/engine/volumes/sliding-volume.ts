import fc from 'fast-check';

import { alongSide, type SlidingVolume } from '../reference/volumes.ts';

export interface VolumeCase extends SlidingVolume {
  readonly volume: readonly [batch: number, depth: number, height: number, width: number, channels: number];
  /** Output channels of a convolution. */
  readonly filters: number;
  readonly seed: number;
}

/** Small volumes and windows: sizes of 1 and primes, strides beyond the window, both paddings; dilation or stride, never both. */
export function volumeCase({ dilated }: { dilated: boolean }): fc.Arbitrary<VolumeCase> {
  const triple = (...sizes: number[]) => fc.tuple(fc.constantFrom(...sizes), fc.constantFrom(...sizes), fc.constantFrom(...sizes));
  const ones = fc.constant([1, 1, 1] as [number, number, number]);
  return fc
    .record({
      volume: fc.tuple(fc.constantFrom(1, 2), fc.constantFrom(1, 2, 3, 5), fc.constantFrom(1, 2, 3, 4), fc.constantFrom(1, 3, 5), fc.constantFrom(1, 2, 3)),
      filters: fc.constantFrom(1, 2, 3),
      window: triple(1, 2, 3),
      stride: dilated ? ones : triple(1, 2, 3),
      dilation: dilated ? triple(1, 2) : ones,
      padding: fc.constantFrom('same' as const, 'valid' as const),
      seed: fc.nat(),
    })
    .filter((example) => ([0, 1, 2] as const).every((axis) => alongSide(example.volume[axis + 1]!, axis, example)[0] > 0));
}
