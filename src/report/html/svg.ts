import type { Element } from 'hast';
import { s } from 'hastscript';
import type { Bars, Chart, Lines } from '../charts.ts';
import { compact } from '../numbers.ts';
import { clipped, visible } from '../plain.ts';

const WIDTH = 720;
const ROW = 22;
const LABELS = 220;
const FIGURES = 70;
const LONGEST_LABEL = 30;
const PLOT = { left: 44, right: 12, top: 10, bottom: 30, height: 240 };
/** Colours of lines, `--line-0` to `--line-5` of the page. */
const COLORS = 6;

/** A chart as inline SVG, in the colours of the page. */
export function drawn(chart: Chart): Element {
  return chart.kind === 'bars' ? drawnBars(chart) : drawnLines(chart);
}

/** A row for each bar, so that names of any length can be read. */
function drawnBars({ title, bars }: Bars): Element {
  const most = Math.max(100, ...bars.map(({ value }) => value));
  const room = WIDTH - LABELS - FIGURES;
  const rows = bars.map(({ label, value }, index) => {
    const y = index * ROW;
    const width = Math.max((value / most) * room, 1);
    return s('g', [
      s('title', visible(label)),
      s('text', { x: LABELS - 8, y: y + 15, textAnchor: 'end' }, clipped(visible(label), LONGEST_LABEL)),
      s('rect', { className: ['bar'], x: LABELS, y: y + 3, width: rounded(width), height: ROW - 6, rx: 2 }),
      s('text', { x: rounded(LABELS + width + 6), y: y + 15 }, compact(value)),
    ]);
  });
  return figure(title, bars.length * ROW, rows);
}

function drawnLines({ title, axis, lines }: Lines): Element {
  const last = Math.max(...lines.flatMap(({ points }) => points.map(([x]) => x)));
  const right = WIDTH - PLOT.right;
  const bottom = PLOT.top + PLOT.height;
  const x = (value: number) => rounded(PLOT.left + (value / last) * (right - PLOT.left));
  const y = (percent: number) => rounded(bottom - (percent / 100) * PLOT.height);
  const grid = [0, 25, 50, 75, 100].map((percent) =>
    s('g', [
      s('line', { className: ['grid'], x1: PLOT.left, x2: right, y1: y(percent), y2: y(percent) }),
      s('text', { x: PLOT.left - 6, y: y(percent) + 4, textAnchor: 'end' }, String(percent)),
    ]),
  );
  const ends = [0, last].map((epoch) => s('text', { x: x(epoch), y: bottom + 18, textAnchor: epoch === 0 ? 'start' : 'end' }, epoch === 0 ? `${axis} 0` : String(epoch)));
  const curves = lines.map(({ points }, index) =>
    s('polyline', { className: ['line', `line-${index % COLORS}`], points: points.map(([at, value]) => `${x(at)},${y(value)}`).join(' ') }),
  );
  const legend = lines.map(({ label }, index) =>
    s('g', [
      s('line', { className: ['line', `line-${index % COLORS}`], x1: PLOT.left + index * 130, x2: PLOT.left + index * 130 + 18, y1: bottom + 40, y2: bottom + 40 }),
      s('text', { x: PLOT.left + index * 130 + 24, y: bottom + 44 }, clipped(visible(label), 14)),
    ]),
  );
  return figure(title, bottom + PLOT.bottom + 24, [...grid, ...ends, ...curves, ...legend]);
}

function figure(title: string, height: number, children: readonly Element[]): Element {
  return s('svg', { viewBox: [0, 0, WIDTH, height].join(' '), width: '100%', role: 'img', ariaLabel: title }, [...children]);
}

/** Tenths of a pixel: the same bytes on every machine, and nobody sees more. */
function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
