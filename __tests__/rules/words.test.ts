import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { count, limitPercent, name, names, percent, plain, points, significant, text } from '../../src/rules/words.ts';
import { shown } from './shown.ts';

describe('figures', () => {
  it.each([
    [0, '0'],
    [0.0063, '0.0063'],
    [0.00634, '0.0063'],
    [0.1, '0.10'],
    [0.0996, '0.10'],
    [0.996, '1.0'],
    [1, '1.0'],
    [9.96, '10'],
    [99.4, '99'],
    [99.6, '100'],
    [213.4, '213'],
    [-0.5, '-0.50'],
    [1e-13, 'less than 0.000000000001'],
    [1e21, 'more than 1000000000000000'],
    [Number.NaN, 'unknown'],
    [-Infinity, 'unknown'],
  ])('%d has two significant digits: %s', (value, expected) => {
    expect(significant(value)).toBe(expected);
  });

  it.each([
    [0.05, '0.05'],
    [0.1 * 3, '0.3'],
    [1e-7, '0.0000001'],
    [20, '20'],
    [12345.678, '12345.7'],
  ])('%d is written plainly: %s', (value, expected) => {
    expect(plain(value)).toBe(expected);
  });

  it.each([
    [0.000066, '0.0066 %'],
    [0.91, '91 %'],
    [1, '100 %'],
    [0, '0 %'],
    [1e-9, 'less than 0.0001 %'],
  ])('%d is a share: %s', (value, expected) => {
    expect(percent(value)).toBe(expected);
  });

  it('show limits as they were written', () => {
    expect([0.03, 0.05, 0.125, 1].map(limitPercent)).toEqual(['3 %', '5 %', '12.5 %', '100 %']);
  });

  it('show the size of a difference', () => {
    expect([points(-9.44), points(3)]).toEqual(['9.4 points', '3.0 points']);
    expect([count(1, 'run'), count(2, 'run')]).toEqual(['1 run', '2 runs']);
  });

  it('have no exponent, whatever they are, and are within half a unit of their last digit', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(`${significant(value)} ${plain(value)} ${percent(Math.abs(value))}`).not.toMatch(/\de|NaN|∞|Infinity/);
        const size = Math.abs(value);
        if (size >= 1e-12 && size <= 1e15) expect(Math.abs(Number(significant(value)) - value) / size).toBeLessThanOrEqual(0.05);
      }),
    );
  });
});

describe('texts', () => {
  it('tell names from words', () => {
    const inner = text`x ${name('b')}`;
    expect(text`${1} is ${name('a')}, ${inner}${''}.`).toEqual(['1', ' is ', { name: 'a' }, ', ', 'x ', { name: 'b' }, '.']);
  });

  it('list names', () => {
    expect(shown(names([]))).toBe('');
    expect(shown(names(['a']))).toBe('`a`');
    expect(shown(names(['a', 'b']))).toBe('`a` and `b`');
    expect(shown(names(['a', 'b', 'c']))).toBe('`a`, `b` and `c`');
    expect(shown(names(['a', 'b', 'c', 'd'], 2))).toBe('`a`, `b` and 2 more');
  });
});
