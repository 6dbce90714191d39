import { logSafe, plainText } from '../plain.ts';
import type { Report } from '../types.ts';
import { type ChangeRow, changeWords, INPUT_HEADINGS, LAYER_HEADINGS } from '../words/change.ts';
import { alignedLines, type TerminalColumn } from './columns.ts';
import { wrapped } from './wrap.ts';

/** What this change did: one line, then the inputs and the layers that it changed. */
export function changeBlocks(report: Report, width: number): readonly (readonly string[])[] {
  const words = changeWords(report);
  if (!words) return [];
  return [
    wrapped(plainText(words.summary), width, { first: '', later: '  ' }),
    ...[aligned(INPUT_HEADINGS, words.inputs, width), aligned(LAYER_HEADINGS, words.layers, width)].filter((lines) => lines.length > 0),
  ];
}

function aligned(headings: readonly string[], rows: readonly ChangeRow[], width: number): readonly string[] {
  if (rows.length === 0) return [];
  const columns = headings.map((heading, index): TerminalColumn => ({ heading, align: index === 0 ? 'left' : 'right', optional: index > 2 }));
  return alignedLines(columns, rows.map(([name, ...cells]) => [logSafe(name!), ...cells]), width);
}
