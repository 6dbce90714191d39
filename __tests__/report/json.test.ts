import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderJson } from '../../src/report/json.ts';
import type { Report } from '../../src/report/types.ts';
import { passing, vanishing } from './sample.ts';

const parsed = (report: Report): Report => JSON.parse(renderJson(report)) as Report;

test('holds the whole report', () => {
  for (const report of [passing(), vanishing()]) expect(parsed(report)).toEqual(report);
});

test('keeps every bit of a number', () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)), (value) => {
    const { evidence, judgement } = passing();
    expect(parsed({ evidence, judgement: { ...judgement, trivialMetric: value } }).judgement.trivialMetric).toBe(value);
  }));
});

describe('what is not finite', () => {
  test.each([[NaN, 'NaN'], [Infinity, 'Infinity'], [-Infinity, '-Infinity']])('%s is the string %s', (value, text) => {
    const { evidence, judgement } = passing();
    const { judgement: read } = parsed({ evidence, judgement: { ...judgement, trivialMetric: value, worst: null } });
    expect(read).toMatchObject({ trivialMetric: text, worst: null });
  });
});

test('does not depend on the order in which keys were made', () => {
  fc.assert(fc.property(fc.infiniteStream(fc.nat()), (stream) => {
    expect(renderJson(shuffled(vanishing(), stream[Symbol.iterator]()) as Report)).toBe(renderJson(vanishing()));
  }), { numRuns: 5 });
});

function shuffled(value: unknown, numbers: Iterator<number>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => shuffled(item, numbers));
  const entries = Object.entries(value).map(([key, item]) => ({ rank: Number(numbers.next().value), entry: [key, shuffled(item, numbers)] as const }));
  return Object.fromEntries(entries.sort((a, b) => a.rank - b.rank).map(({ entry }) => entry));
}
