import type { Severity } from '../../rules/types.ts';
import { logSafe } from '../plain.ts';
import type { Report } from '../types.ts';
import { layerTable, type LayerRow } from '../words/layers.ts';
import { alignedLines, type TerminalColumn } from './columns.ts';

const MARKS: Readonly<Record<Severity, string>> = { error: '✖ ', warning: '! ', note: '· ' };
const NO_MARK = '  ';

const COLUMNS: readonly TerminalColumn[] = [
  { heading: '  layer', align: 'left' },
  { heading: 'signal left', align: 'right' },
  { heading: 'passes on', align: 'right' },
  { heading: 'std', align: 'right' },
  { heading: 'start → end', align: 'left', optional: true },
  { heading: 'gradient', align: 'right', optional: true },
  { heading: '', align: 'left', optional: true },
];

/** A line of the table of vital signs, and how grave what it shows is. */
export interface LayerLine {
  readonly text: string;
  readonly severity: Severity | null;
}

/** The vital signs from the last pretrained layer on; the first line holds the headings. */
export function layerLines(report: Report, width: number): readonly LayerLine[] {
  const { rows } = layerTable(report);
  if (rows.length === 0) return [];
  return alignedLines(COLUMNS, rows.map(cells), width).map((text, index) => ({ text, severity: rows[index - 1]?.severity ?? null }));
}

function cells(row: LayerRow): readonly string[] {
  const mark = row.severity === null ? NO_MARK : MARKS[row.severity];
  return [mark + logSafe(row.site), row.signalLeft, row.passesOn, row.std, row.bars, row.gradient, row.remark ?? ''];
}
