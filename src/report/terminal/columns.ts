import stringWidth from 'string-width';
import { clipped } from '../plain.ts';

const GUTTER = 2;
const NARROWEST_FIRST = 16;

/** A column of a table in a terminal. */
export interface TerminalColumn {
  readonly heading: string;
  readonly align: 'left' | 'right';
  /** Left out where the table is too wide; the last ones go first. */
  readonly optional?: boolean;
}

/** Cells on lines of at most `width` columns of a terminal: optional columns go first, then the first one is cut. */
export function alignedLines(columns: readonly TerminalColumn[], rows: readonly (readonly string[])[], width: number): readonly string[] {
  const lines = [columns.map(({ heading }) => heading), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => stringWidth(cells[index]!))));
  const kept = fitting(columns, widths, width);
  const total = totalWidth(kept.map((index) => widths[index]!));
  const first = Math.min(widths[0]!, Math.max(NARROWEST_FIRST, widths[0]! - Math.max(0, total - width)));
  return lines.map((cells) =>
    kept
      .map((index) => (index === 0 ? padded(cut(cells[0]!, first), first, 'left') : padded(cells[index]!, widths[index]!, columns[index]!.align)))
      .join(' '.repeat(GUTTER))
      .trimEnd(),
  );
}

/** Indices of the columns that stay. */
function fitting(columns: readonly TerminalColumn[], widths: readonly number[], width: number): readonly number[] {
  const kept = columns.map((_, index) => index);
  while (totalWidth(kept.map((index) => (index === 0 ? Math.min(widths[0]!, NARROWEST_FIRST) : widths[index]!))) > width) {
    const last = kept.findLast((index) => columns[index]!.optional === true);
    if (last === undefined) break;
    kept.splice(kept.indexOf(last), 1);
  }
  return kept;
}

/** Some characters are two columns wide. */
function cut(text: string, width: number): string {
  let room = width;
  while (stringWidth(clipped(text, room)) > width) room--;
  return clipped(text, room);
}

function totalWidth(widths: readonly number[]): number {
  return widths.reduce((sum, one) => sum + one, 0) + GUTTER * (widths.length - 1);
}

function padded(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'left' ? text + space : space + text;
}
