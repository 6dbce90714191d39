import type { Text } from './types.ts';

/** Makes a finding's text: strings are ours, `name(...)` marks what comes from the user's files or belongs into them. */
export function text(strings: TemplateStringsArray, ...values: readonly (string | number | { readonly name: string } | Text)[]): Text {
  return strings.flatMap((string, index) => {
    const value = values[index];
    const parts: Text = value === undefined ? [] : Array.isArray(value) ? (value as Text) : [typeof value === 'object' ? (value as { name: string }) : String(value)];
    return [string, ...parts].filter((part) => part !== '');
  });
}

export function name(value: string): { readonly name: string } {
  return { name: value };
}

/** `head_1`, `head_2` and 3 more. */
export function names(values: readonly string[], most = 6): Text {
  const shown = values.slice(0, most);
  const more = values.length - shown.length;
  const list = shown.flatMap((value, index): Text => (index === 0 ? [name(value)] : [index === shown.length - 1 && more === 0 ? ' and ' : ', ', name(value)]));
  return more > 0 ? [...list, ` and ${more} more`] : list;
}

/** a, b and c. */
export function joined(parts: readonly Text[]): Text {
  return parts.flatMap((part, index): Text => (index === 0 ? part : [index === parts.length - 1 ? ' and ' : ', ', ...part]));
}

/** Beyond these, digits say nothing. */
const SMALLEST = 1e-12;
const LARGEST = 1e15;

/** Made when a number is written: the first one takes a seventh of what `--help` may. */
function digits(options: Intl.NumberFormatOptions): (value: number) => string {
  let format: Intl.NumberFormat | undefined;
  return (value) => (format ??= new Intl.NumberFormat('en-US', { useGrouping: false, ...options })).format(value);
}

const twoDigits = digits({ minimumSignificantDigits: 2, maximumSignificantDigits: 2 });
const whole = digits({ maximumFractionDigits: 0 });
const asWritten = digits({ maximumSignificantDigits: 6 });

/** Two significant digits, all before the point: 0.0063, 1.4, 213. Never an exponent. */
export function significant(value: number): string {
  return outOfReach(value) ?? (Math.abs(value) >= 99.5 ? whole : twoDigits)(value);
}

/** A number as somebody would write it into a config: 0.05, 0.0000003. */
export function plain(value: number): string {
  return outOfReach(value) ?? asWritten(value);
}

/** What is shown where digits are not. */
function outOfReach(value: number): string | null {
  if (!Number.isFinite(value)) return 'unknown';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < SMALLEST) return `less than ${asWritten(SMALLEST)}`;
  return size > LARGEST ? `more than ${asWritten(LARGEST)}` : null;
}

/** A measured share: 0.00006 as `0.006 %`. */
export function percent(share: number): string {
  return share > 0 && share < 1e-6 ? 'less than 0.0001 %' : `${significant(share * 100)} %`;
}

/** A limit that the user wrote: 0.05 as `5 %`. */
export function limitPercent(share: number): string {
  return `${plain(share * 100)} %`;
}

/** The size of a difference in points of a metric, with one decimal. */
export function points(value: number): string {
  return `${Math.abs(value).toFixed(1)} points`;
}

/** A bound of an interval in points, with one decimal: −48.9. */
export function bound(value: number): string {
  const size = Math.abs(value).toFixed(1);
  return value < 0 && Number(size) !== 0 ? `−${size}` : size;
}

export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** Confidence of an interval: `95 %`. */
export function level(alpha: number): string {
  return `${Number((100 * (1 - alpha)).toFixed(1))} %`;
}
