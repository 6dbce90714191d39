import { inlineCode, markdownText, prose } from '../escape.ts';
import { count } from '../numbers.ts';
import type { Detail, Report } from '../types.ts';
import { type ChangeRow, changeWords, INPUT_HEADINGS, LAYER_HEADINGS } from '../words/change.ts';
import { fold } from './fold.ts';
import { table, type Column } from './table.ts';

const MOST_ROWS: Readonly<Record<Detail, number>> = { full: Infinity, 'folded-short': 12, minimal: 0 };

/** What this change did: one line, and folded the figures behind it. */
export function changeSection(report: Report, detail: Detail): string | null {
  const words = changeWords(report);
  if (!words) return null;
  const tables = [
    part(INPUT_HEADINGS, words.inputs, prose, MOST_ROWS[detail]),
    part(LAYER_HEADINGS, words.layers, inlineCode, MOST_ROWS[detail]),
  ].flatMap((shown) => shown ?? []);
  const figures = tables.length > 0 ? [fold('What this change did', [...tables, LEGEND].join('\n\n'))] : [];
  return [markdownText(words.summary), ...figures].join('\n\n');
}

const LEGEND = '<sub>The same check with this change and without it, paired by seed; 95 % intervals. What stayed as it was is left out.</sub>';

function part(headings: readonly string[], rows: readonly ChangeRow[], named: (name: string) => string, most: number): string | null {
  const shown = rows.slice(0, most);
  if (shown.length === 0) return null;
  const columns = headings.map((heading, index): Column => ({ heading, align: index === 0 ? 'left' : 'right' }));
  const left = rows.length - shown.length;
  return table(columns, shown.map(([name, ...cells]) => [named(name!), ...cells])) + (left > 0 ? `\n\n${count(left, 'more row')} in the job summary.` : '');
}
