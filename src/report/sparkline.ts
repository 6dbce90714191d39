const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇'] as const;
const LONGEST = 10;
const BROKEN = '!';

/** A logarithmic scale: the highest bar is at `top`, each lower one is `step` times smaller. */
export interface LogScale {
  readonly top: number;
  readonly step: number;
}

/**
 * One scale for several series, so that their bars compare. A bar is worth at least a factor of 2: what changes less
 * reads as flat.
 */
export function logScale(series: readonly (readonly number[])[]): LogScale {
  const drawn = series.flat().filter((value) => Number.isFinite(value) && value > 0);
  if (drawn.length === 0) return { top: 1, step: 2 };
  const top = drawn.reduce((a, b) => Math.max(a, b));
  const bottom = drawn.reduce((a, b) => Math.min(a, b));
  return { top, step: Math.max(2, (top / bottom) ** (1 / (BARS.length - 1))) };
}

/**
 * Non-negative values as bars, at most ten: the first, the last and evenly chosen ones between them. `!` stands for a
 * value that is not finite.
 */
export function sparkline(values: readonly number[], scale: LogScale): string {
  return thinned(values)
    .map((value) => bar(value, scale))
    .join('');
}

function bar(value: number, { top, step }: LogScale): string {
  if (!Number.isFinite(value)) return BROKEN;
  if (value <= 0) return BARS[0];
  const below = Math.round(Math.log(top / value) / Math.log(step));
  return BARS[Math.min(BARS.length - 1, Math.max(0, BARS.length - 1 - below))]!;
}

function thinned(values: readonly number[]): readonly number[] {
  if (values.length <= LONGEST) return values;
  return Array.from({ length: LONGEST }, (_, i) => values[Math.round((i * (values.length - 1)) / (LONGEST - 1))]!);
}
