import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as numbers from '../../src/report/numbers.ts';

/** A gap that does not break is a matter of layout: here it reads as a space. */
const spaced = (text: string): string => text.replaceAll('\u00A0', ' ');

describe.each([
  ['percent', numbers.percent, [[0.764, '76.4 %'], [1, '100.0 %'], [0, '0.0 %'], [-0.02, '−2.0 %'], [1 / 6, '16.7 %'], [NaN, '—'], [Infinity, '—']]],
  ['points', numbers.points, [[7.84, '+7.8'], [-0.8, '−0.8'], [0, '0.0'], [-0.04, '0.0'], [0.04, '0.0'], [0.05, '+0.1'], [-11, '−11.0'], [NaN, '—']]],
  ['shortNumber', numbers.shortNumber, [[3, '3'], [-0.75, '−0.8'], [2.75, '2.8'], [8.13, '8.1'], [NaN, '—']]],
  ['pValue', numbers.pValue, [[0.03125, '0.031'], [0.6875, '0.69'], [1, '1.0'], [0.00099, '< 0.001'], [0, '< 0.001'], [NaN, '—']]],
  ['signalShare', numbers.signalShare, [[1, '100 %'], [0.93, '93 %'], [1.07, '107 %'], [0.0441, '4.4 %'], [0.002, '0.20 %'], [0.00006, '0.0060 %'], [1e-6, '0.00010 %'], [9e-7, '< 0.0001 %'], [0, '0 %'], [57.6, '× 57.6'], [1e8, '× 1.0e8'], [NaN, '—'], [Infinity, '—']]],
  ['factor', numbers.factor, [[0.21, '× 0.21'], [1, '× 1.0'], [2.449, '× 2.4'], [57.6, '× 58'], [0.0045, '× 0.0045'], [9.4e-4, '× 9.4e-4'], [12345, '× 1.2e4'], [0, '× 0.0'], [NaN, '—']]],
  ['compact', numbers.compact, [[7.85, '7.85'], [0.84, '0.840'], [0.0353, '0.0353'], [3.4e-4, '3.4e-4'], [123.4, '123'], [9999, '9999'], [12345, '1.2e4'], [0, '0'], [-3.31, '−3.31'], [NaN, '—']]],
  ['scientific', numbers.scientific, [[2.1e-3, '2.1e-3'], [1.14e-9, '1.1e-9'], [4, '4.0e0'], [57.6, '5.8e1'], [-0.5, '−5.0e-1'], [0, '0'], [NaN, '—'], [-Infinity, '—']]],
  ['duration', numbers.duration, [[3.14, '3.1 s'], [0, '0.0 s'], [59.94, '59.9 s'], [59.96, '1 min 0 s'], [125.4, '2 min 5 s'], [NaN, '—']]],
] satisfies [string, (value: number) => string, [number, string][]][])('%s', (_, format, cases) => {
  test.each(cases)('%s is %s', (value, text) => {
    expect(spaced(format(value))).toBe(text);
  });

  test('says something readable of every number', () => {
    fc.assert(fc.property(fc.double(), (value) => {
      expect(format(value)).toMatch(/^[^a-df-hj-lo-rt-zA-Z]{1,330}$/);
    }));
  });
});

test('an interval has a sign on both ends', () => {
  expect(spaced(numbers.interval(-3, 1.44))).toBe('[−3.0, +1.4]');
});

test('things are counted in words', () => {
  expect([numbers.count(1, 'image'), numbers.count(12_000, 'image'), numbers.count(0, 'class', 'classes')]).toEqual(['1 image', '12,000 images', '0 classes']);
});

test('no figure and its unit stand on two lines', () => {
  for (const text of [numbers.percent(0.5), numbers.signalShare(0.5), numbers.factor(0.5), numbers.duration(100), numbers.interval(1, 2), numbers.pValue(0)]) {
    expect(text).not.toContain(' ');
  }
});
