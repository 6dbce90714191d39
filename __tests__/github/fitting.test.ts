import { describe, expect, test } from 'vitest';
import { fitting } from '../../src/github/fitting.ts';
import { SUMMARY_BYTES, summaryText } from '../../src/github/summary.ts';
import type { Detail } from '../../src/report/types.ts';

const LENGTHS = { full: 30, 'folded-short': 20, minimal: 10 } as const;

describe('fitting', () => {
  const lengths = (room: number): number[] =>
    [...fitting((detail) => 'x'.repeat(LENGTHS[detail]), (text) => text.length <= room)].map((text) => text.length);

  test.each([
    [30, [30, 20, 10]],
    [29, [20, 10]],
    [10, [10]],
    [9, []],
  ])('with room for %i characters', (room, expected) => {
    expect(lengths(room)).toEqual(expected);
  });

  test('renders only what is asked for', () => {
    const rendered: Detail[] = [];
    const render = (detail: Detail): string => rendered[rendered.push(detail) - 1]!;
    expect(fitting(render, () => true).next().value).toBe('full');
    expect(rendered).toEqual(['full']);
  });

  test('gives a text that cannot be shortened once', () => {
    expect([...fitting(() => 'same', () => true)]).toEqual(['same']);
  });
});

describe('summaryText', () => {
  test('counts bytes, as GitHub does', () => {
    const text = (detail: Detail): string => (detail === 'full' ? '▇'.repeat(SUMMARY_BYTES / 2) : detail);
    expect(summaryText(text)).toBe('folded-short');
  });

  test('says where the report is when it does not fit at all', () => {
    expect(summaryText(() => 'x'.repeat(SUMMARY_BYTES))).toContain('report-path');
  });
});
