import type { Text } from './types.ts';

/** Makes a finding's text: strings are ours, `name(...)` marks what comes from the user's files. */
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

/** 0.00006 as `0.006 %`: two significant digits, never an exponent. */
export function percent(share: number): string {
  return `${significant(share * 100)} %`;
}

/** Two significant digits, without an exponent: 0.0063, 1.4, 210. */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'infinity' : 'not a number';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 1e-12) return 'less than 0.000000000001';
  const digits = Math.max(0, 1 - Math.floor(Math.log10(size)));
  return size >= 100 ? value.toFixed(0) : value.toFixed(Math.min(digits, 20));
}

/** Points with one decimal. */
export function points(value: number): string {
  return `${Math.abs(value).toFixed(1)} points`;
}

export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
