import fc from 'fast-check';
import stringWidth from 'string-width';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { renderTerminalCouldNotRun } from '../../src/report/terminal/could-not-run.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import type { Report } from '../../src/report/types.ts';
import { hostileText } from './hostile.ts';
import { renamed } from './renamed.ts';
import { diverged, inconclusive, passing, REPORTS, vanishing } from './sample.ts';

const ESCAPE = '\u001B';
const PLAIN = { color: false, width: 100 };
const ERROR = { code: 'unknown-boundary', what: "model.json: there is no layer 'block10_ad' (`model.boundary`).", fix: "Did you mean 'block10_add'?" };
const lines = (text: string): readonly string[] => text.split('\n');

test.each(REPORTS)('%s reads as agreed', async (name, report) => {
  await expect(renderTerminal(report(), PLAIN)).toMatchFileSnapshot(`golden/${name}.txt`);
});

test('could-not-run reads as agreed', async () => {
  await expect(renderTerminalCouldNotRun(ERROR, { color: false })).toMatchFileSnapshot('golden/could-not-run.txt');
});

describe.each(REPORTS)('%s', (_, report) => {
  test('colour changes no character', () => {
    const colored = renderTerminal(report(), { color: true, width: 100 });
    expect(colored).not.toBe(renderTerminal(report(), PLAIN));
    expect(stripVTControlCharacters(colored)).toBe(renderTerminal(report(), PLAIN));
  });

  test.each([80, 100, 160])('fits into %i columns', (width) => {
    for (const line of lines(renderTerminal(report(), { color: false, width }))) expect(stringWidth(line)).toBeLessThanOrEqual(width);
  });

  test('the figures of a column end or begin below each other', () => {
    const table = lines(renderTerminal(report(), PLAIN)).filter((line) => /^(input|normalized|raw|unit) +[\da]/.test(line));
    expect(table.length).toBeGreaterThan(2);
    const ends = table.map((line) => stringWidth(/^(\S+\s+)(accuracy|\S+ %)/.exec(line.replaceAll('\u00A0', ' '))![0]));
    expect(new Set(ends).size).toBe(1);
  });
});

test('a narrow terminal loses columns before it loses names', () => {
  const text = renderTerminal(vanishing(), { color: false, width: 60 });
  expect(text).toContain('signal left');
  expect(text).not.toContain('gradient');
  expect(text).toContain('head_6');
});

test('colour tells what fails from what passes', () => {
  const first = (report: Report): string => lines(renderTerminal(report, { color: true, width: 100 }))[0]!;
  const background = (line: string): string | undefined => new RegExp(`${ESCAPE}\\[(4\\d)m`).exec(line)?.[1];
  expect([passing(), vanishing(), diverged()].map(first).map(background)).toEqual(['42', '41', '43']);
});

test('nothing from a file steers the terminal or the runner that shows it', () => {
  fc.assert(
    fc.property(hostileText, fc.boolean(), (name, color) => {
      for (const report of [vanishing(), inconclusive()]) {
        const text = renderTerminal(renamed(report, () => name), { color, width: 100 });
        const painted = color ? text.replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), '') : text;
        expect(painted.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202A-\u202E]/u);
        for (const line of lines(painted)) expect(line.trimStart().startsWith('::')).toBe(false);
        expect(painted).not.toContain('##[');
      }
      const error = renderTerminalCouldNotRun({ code: name, what: name, fix: name }, { color: false });
      expect(error.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
      expect(error).not.toContain('::');
    }),
  );
});

test('names wider than one column a character stay in their column', () => {
  const text = renderTerminal(renamed(vanishing(), (_, index) => `${'層'.repeat(30)}${index}`), { color: false, width: 80 });
  const table = lines(text).filter((line) => line.includes('層') && line.includes('%') && /^[✖ ] /.test(line));
  const ends = table.map((line) => stringWidth(line.slice(0, line.indexOf('%'))));
  expect(table.length).toBeGreaterThan(5);
  expect(new Set(ends).size).toBe(1);
});
