import fc from 'fast-check';
import { expect, test } from 'vitest';
import { logScale, sparkline } from '../../src/report/sparkline.ts';

const BARS = '▁▂▃▄▅▆▇';
const heights = (line: string): readonly number[] => Array.from(line, (bar) => BARS.indexOf(bar));
const positive = fc.double({ min: 1e-12, max: 1e12, noNaN: true });

test('a factor of two is one bar', () => {
  const series = [64, 32, 16, 8, 4, 2, 1];
  expect(sparkline(series, logScale([series]))).toBe('▇▆▅▄▃▂▁');
});

test('what hardly changes is flat', () => {
  const series = [7.85, 7.9, 7.6, 8.1];
  expect(sparkline(series, logScale([series]))).toBe('▇▇▇▇');
});

test('several series share one scale', () => {
  const scale = logScale([[1, 1], [1e-6, 1e-6]]);
  expect([sparkline([1, 1], scale), sparkline([1e-3, 1e-3], scale), sparkline([1e-6, 1e-6], scale)]).toEqual(['▇▇', '▄▄', '▁▁']);
});

test('zero is the lowest bar, and what is not finite is told', () => {
  expect(sparkline([1, 0, Number.NaN, Infinity], logScale([[1, 0, Number.NaN, Infinity]]))).toBe('▇▁!!');
  expect(sparkline([0, 0], logScale([[0, 0]]))).toBe('▁▁');
  expect(sparkline([], logScale([]))).toBe('');
});

test('bars rise and fall with the values, and use the whole height where the range is wide', () => {
  fc.assert(fc.property(fc.array(positive, { minLength: 2, maxLength: 10 }), (values) => {
    const bars = heights(sparkline(values, logScale([values])));
    const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
    for (const [i, index] of order.entries()) if (i > 0) expect(bars[index]).toBeGreaterThanOrEqual(bars[order[i - 1]!]!);
    expect(Math.max(...bars)).toBe(6);
    if (Math.max(...values) / Math.min(...values) >= 64) expect(Math.min(...bars)).toBe(0);
  }));
});

test('never more than ten bars, the first and the last among them', () => {
  fc.assert(fc.property(fc.array(positive, { minLength: 11, maxLength: 60 }), (values) => {
    const scale = logScale([values]);
    const line = sparkline(values, scale);
    expect(line).toHaveLength(10);
    expect(line[0]).toBe(sparkline([values[0]!], scale));
    expect(line[9]).toBe(sparkline([values.at(-1)!], scale));
  }));
});
