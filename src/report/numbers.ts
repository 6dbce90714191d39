/** Numbers as text. A value that is not finite is shown as a dash: a report says in words where training broke down. */

const MISSING = '—';
const MINUS = '−';
/** Keeps a figure and its unit on one line. */
const GAP = '\u00A0';

/** Share 0..1 as `76.4 %`. */
export function percent(share: number, digits = 1): string {
  const value = 100 * share;
  return Number.isFinite(value) ? withMinus(value.toFixed(digits)) + GAP + '%' : MISSING;
}

/** Difference in points of a metric, with its sign: `+7.8`, `−0.8`, `0.0`. */
export function points(difference: number): string {
  if (!Number.isFinite(difference)) return MISSING;
  const size = Math.abs(difference).toFixed(1);
  if (Number(size) === 0) return size;
  return (difference < 0 ? MINUS : '+') + size;
}

/** Interval in points: `[+4.6, +11.0]`. */
export function interval(low: number, high: number): string {
  return `[${points(low)},${GAP}${points(high)}]`;
}

/** At most one decimal: `3`, `2.8`. */
export function shortNumber(value: number): string {
  return Number.isFinite(value) ? withMinus(String(Number(value.toFixed(1)))) : MISSING;
}

/** Smaller p values are not told apart. */
export const SMALLEST_SHOWN = 0.001;

/** A p value with two significant digits: `0.031`, `0.69`, `< 0.001`. */
export function pValue(p: number): string {
  if (!Number.isFinite(p)) return MISSING;
  if (p < SMALLEST_SHOWN) return `<${GAP}${SMALLEST_SHOWN}`;
  return plainDigits(p, 2);
}

/** Share of the signal (S) with two significant digits: `93 %`, `0.006 %`, `< 0.0001 %`. */
export function signalShare(share: number): string {
  if (!Number.isFinite(share)) return MISSING;
  if (share === 0) return `0${GAP}%`;
  if (share < 1e-6) return `<${GAP}0.0001${GAP}%`;
  if (share >= 10) return `×${GAP}${compact(share)}`;
  return plainDigits(100 * share, 2) + GAP + '%';
}

/** What one layer passes on, relative to its target: `× 0.21`. */
export function factor(value: number): string {
  if (!Number.isFinite(value)) return MISSING;
  return `×${GAP}${value !== 0 && (value < 0.001 || value >= 1000) ? scientific(value) : plainDigits(value, 2)}`;
}

/** How many times as much: `2.1×`, `14×`. */
export function multiple(ratio: number): string {
  return Number.isFinite(ratio) ? `${ratio < 9.95 ? ratio.toFixed(1) : ratio.toFixed(0)}×` : MISSING;
}

/** Standard deviation with three significant digits, `2.1e-5` where it is very small or very large. */
export function compact(value: number): string {
  if (!Number.isFinite(value)) return MISSING;
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 0.001 || size >= 10_000) return scientific(value);
  return withMinus(size >= 100 ? value.toFixed(0) : value.toPrecision(3));
}

/** Gradient: `2.1e-3`. */
export function scientific(value: number): string {
  if (!Number.isFinite(value)) return MISSING;
  if (value === 0) return '0';
  const [digits, exponent] = value.toExponential(1).split('e') as [string, string];
  return `${withMinus(digits)}e${exponent.replace('+', '')}`;
}

/** Wall-clock time: `3.1 s`, `2 min 5 s`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return MISSING;
  if (seconds < 59.95) return `${seconds.toFixed(1)}${GAP}s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}${GAP}min${GAP}${whole % 60}${GAP}s`;
}

/** A short time with two significant digits: `0.41 s`, `12 s`. */
export function seconds(value: number): string {
  return Number.isFinite(value) ? `${plainDigits(value, 2)}${GAP}s` : MISSING;
}

/** A number of things, in words: `1 image`, `12,000 images`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`;
}

/** Without an exponent. */
function plainDigits(value: number, significant: number): string {
  return withMinus(Math.abs(value) >= 10 ** significant - 0.5 ? value.toFixed(0) : value.toPrecision(significant));
}

function withMinus(text: string): string {
  return text.replace('-', MINUS);
}
