import type { Report } from './types.ts';

/**
 * The report as JSON, `{ baseline, evidence, judgement, reused }`, on one line. The same report gives the same text: keys are sorted.
 * Numbers are written as they are, to the last bit; what is not finite, which JSON cannot say, is the string `"NaN"`,
 * `"Infinity"` or `"-Infinity"`, so that null keeps its meaning "there is none".
 */
export function renderJson({ evidence, judgement, baseline, reused }: Report): string {
  return canonicalJson({ evidence, judgement, ...(baseline !== undefined && { baseline }), ...(reused === true && { reused }) });
}

/** Plain data in the same form. */
export function canonicalJson(value: object): string {
  return JSON.stringify(value, canonical) + '\n';
}

function canonical(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
