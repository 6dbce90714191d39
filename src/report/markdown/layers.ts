import { inlineCode } from '../escape.ts';
import { count, factor } from '../numbers.ts';
import type { Detail, Report } from '../types.ts';
import { layerTable, type LayerRow } from '../words/layers.ts';
import { fold } from './fold.ts';
import { table, type Column } from './table.ts';

const MARKS = { error: '❌ ', warning: '⚠️ ', note: 'ℹ️ ' } as const;
const MOST_ROWS: Readonly<Record<Detail, number>> = { full: Infinity, 'folded-short': 12, minimal: 0 };

const COLUMNS: readonly Column[] = [
  { heading: 'layer', align: 'left' },
  { heading: 'signal left', align: 'right' },
  { heading: 'passes on', align: 'right' },
  { heading: 'std', align: 'right' },
  { heading: 'relative', align: 'right' },
  { heading: 'start → end', align: 'left' },
  { heading: 'differs', align: 'right' },
  { heading: 'gradient', align: 'right' },
];

/** The folded table of vital signs, from the last pretrained layer on. */
export function layersSection(report: Report, detail: Detail): string | null {
  const { rows, barStep } = layerTable(report);
  const shown = selected(rows, MOST_ROWS[detail]);
  if (shown.length === 0) return null;
  const left = rows.length - shown.length;
  const more = left === 0 ? [] : [`${count(left, 'more layer')} in the job summary.`];
  const title = report.evidence.model.boundary === null ? 'Layers' : 'Layers after the last pretrained one';
  return fold(title, [table(COLUMNS, shown.map(cells)), ...more, legend(report, barStep)].join('\n\n'));
}

/** Where not all fit: the start, what a finding names, then layers with weights, in the order of the network. */
function selected(rows: readonly LayerRow[], most: number): readonly LayerRow[] {
  if (rows.length <= most) return rows;
  const byNeed = [...rows].sort((a, b) => need(b) - need(a)).slice(0, most);
  return rows.filter((row) => byNeed.includes(row));
}

function need({ remark, severity, weighted }: LayerRow): number {
  if (remark === 'pretrained') return 3;
  if (severity !== null) return 2;
  return weighted ? 1 : 0;
}

function cells(row: LayerRow): readonly string[] {
  const mark = row.severity === null ? '' : MARKS[row.severity];
  const remark = row.remark === null ? '' : `<br>*${row.remark}*`;
  return [`${mark}${inlineCode(row.site)}${remark}`, row.signalLeft, row.passesOn, row.std, row.relativeStd, row.bars === '' ? '' : `\`${row.bars}\``, row.differs, row.gradient];
}

function legend({ evidence: { model, plan } }: Report, barStep: number): string {
  const start = model.boundary === null ? 'the input' : 'the last pretrained layer';
  return [
    `- **signal left**: how much of the signal of ${start} is left after this layer; pooling and ReLU make numbers smaller without losing any`,
    '- **passes on**: gain of this layer alone, relative to that of a well-initialized one (× 1)',
    `- **std**: of the output before training; **relative**: to the last pretrained layer; **start → end**: the same during training, one step of a bar is ${factor(barStep)} on one scale for all`,
    '- **differs**: share of the std that differs from image to image; the rest is the same for all',
    `- **gradient**: of the loss by the output, root mean square, on ${count(plan.probeImages, 'image')}`,
  ].join('\n');
}
