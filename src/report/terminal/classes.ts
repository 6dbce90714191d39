import { logSafe } from '../plain.ts';
import type { Report } from '../types.ts';
import { classTable } from '../words/classes.ts';
import { alignedLines, type TerminalColumn } from './columns.ts';

const MOST_CLASSES = 30;

/** How well each class of pixels is told with each input; the first line holds the headings. */
export function classLines(report: Report, width: number): readonly string[] {
  const found = classTable(report);
  if (!found) return [];
  const columns: TerminalColumn[] = [{ heading: 'IoU by class', align: 'left' }, ...found.arms.map((arm, index) => ({ heading: logSafe(arm), align: 'right' as const, optional: index > 0 }))];
  const shown = found.rows.slice(0, MOST_CLASSES).map(({ name, iou }) => [logSafe(name), ...iou]);
  const left = found.rows.length - shown.length;
  return [...alignedLines(columns, [...shown, ['(pixel accuracy)', ...found.accuracy]], width), ...(left > 0 ? [`${left} more classes`] : [])];
}
