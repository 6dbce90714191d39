import { markdownText, prose } from '../escape.ts';
import type { Detail, Report } from '../types.ts';
import { armLegend, armRows, type ArmRow } from '../words/arms.ts';
import { declaredInput } from '../words/verdict.ts';
import { table, type Column } from './table.ts';

const MOST_ARMS: Readonly<Record<Detail, number>> = { full: Infinity, 'folded-short': 20, minimal: 8 };

const columns = (metric: string, declared: string): readonly Column[] => [
  { heading: 'input', align: 'left' },
  { heading: metric, align: 'right' },
  { heading: declared, align: 'left' },
  { heading: 'epochs', align: 'right' },
];

/** The inputs of the experiment side by side: the metric, what normalizing brings, how long training takes. */
export function armsSection(report: Report, detail: Detail): string | null {
  const rows = armRows(report).slice(0, MOST_ARMS[detail]);
  if (rows.length === 0) return null;
  return `${table(columns(report.evidence.task.metric, declaredInput(report.evidence.plan)), rows.map(cells))}\n\n<sub>${markdownText(armLegend(rows, report))}</sub>`;
}

function cells(row: ArmRow): readonly string[] {
  const broken = row.broken === null ? '' : `<br>❌ ${row.broken}`;
  return [prose(row.name) + broken, row.metric, benefit(row), epochs(row)];
}

function benefit({ benefit }: ArmRow): string {
  if (!benefit) return '';
  const verdict = prose(benefit.verdict);
  return `${benefit.decisive ? `**${verdict}**` : verdict}<br>${benefit.estimate} points ${benefit.interval}`;
}

function epochs({ epochs, time }: ArmRow): string {
  if (!time) return epochs;
  return `${epochs}<br>${time.decisive ? `**${time.factor}**` : time.factor} ${time.interval}`;
}
