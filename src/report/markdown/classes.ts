import { prose } from '../escape.ts';
import type { Detail, Report } from '../types.ts';
import { classTable } from '../words/classes.ts';
import { fold } from './fold.ts';
import { table } from './table.ts';

const MOST: Readonly<Record<Detail, { readonly arms: number; readonly classes: number }>> = {
  full: { arms: 20, classes: Infinity },
  'folded-short': { arms: 8, classes: 20 },
  minimal: { arms: 0, classes: 0 },
};

/** The folded table of classes, where each pixel is told one. */
export function classesSection(report: Report, detail: Detail): string | null {
  const found = classTable(report);
  const most = MOST[detail];
  if (!found || most.classes === 0) return null;
  const columns = [{ heading: 'class', align: 'left' as const }, ...found.arms.slice(0, most.arms).map((arm) => ({ heading: prose(arm), align: 'right' as const }))];
  const rows = found.rows.slice(0, most.classes).map(({ name, iou }) => [prose(name), ...iou.slice(0, most.arms)]);
  const left = found.rows.length - rows.length;
  const legend = `IoU: of the held-out pixels that belong to a class or were told so, the share that is both; mean over the seeds. Last row: share of all pixels that are told right.${left > 0 ? ` ${left} more classes in the job summary.` : ''}`;
  return fold('IoU by class', [table(columns, [...rows, ['*pixel accuracy*', ...found.accuracy.slice(0, most.arms)]]), `<sub>${legend}</sub>`].join('\n\n'));
}
