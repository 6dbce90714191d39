import { logSafe } from '../plain.ts';
import type { Report } from '../types.ts';
import { armRows } from '../words/arms.ts';
import { declaredInput } from '../words/verdict.ts';
import { alignedLines, type TerminalColumn } from './columns.ts';

const columns = (metric: string, declared: string): readonly TerminalColumn[] => [
  { heading: 'input', align: 'left' },
  { heading: metric, align: 'right' },
  { heading: 'epochs', align: 'right', optional: true },
  { heading: `${declared} (points)`, align: 'left' },
  { heading: '', align: 'left' },
];

/** The inputs of the experiment side by side, then which of them broke down; the first line holds the headings. */
export function armLines(report: Report, width: number): readonly string[] {
  const rows = armRows(report);
  if (rows.length === 0) return [];
  const cells = rows.map((row) => [
    logSafe(row.name),
    row.metric,
    row.time ? `${row.epochs} (${row.time.factor})` : row.epochs,
    row.benefit ? `${row.benefit.estimate} ${row.benefit.interval}` : '',
    row.benefit?.verdict ?? '',
  ]);
  const broken = rows.flatMap(({ name, broken }) => (broken === null ? [] : [`${logSafe(name)}: ${broken}`]));
  return [...alignedLines(columns(report.evidence.task.metric, declaredInput(report.evidence.plan)), cells, width), ...broken];
}
