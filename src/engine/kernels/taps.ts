/**
 * Windows that slide along one axis. Window `o` meets the input at `origin[o] + tap * dilation` for every tap from
 * `first[o]` up to, not including, `end[o]`; its other taps lie in the padding.
 */
export interface Axis {
  /** Length of the input along the axis. */
  readonly size: number;
  /** Number of windows. */
  readonly count: number;
  readonly taps: number;
  readonly dilation: number;
  readonly origin: Int32Array;
  readonly first: Int32Array;
  readonly end: Int32Array;
}

/** @param padding before the first element */
export function axisOf(size: number, count: number, taps: number, stride: number, dilation: number, padding: number): Axis {
  const origin = Int32Array.from({ length: count }, (_, window) => window * stride - padding);
  const inside = (places: number) => Math.min(taps, Math.max(0, Math.ceil(places / dilation)));
  return {
    size,
    count,
    taps,
    dilation,
    origin,
    first: origin.map((start) => inside(-start)),
    end: origin.map((start) => inside(size - start)),
  };
}
