// The plots of docs/results/is-normalization-necessary.md, as SVG.
import { nameOf } from './figures.mjs';

const COLOURS = { raw: '#c0392b', unit: '#2471a3', imagenet: '#7d6608', 'efficientnet-lite': '#6c3483' };
const TEXT = 'font-family="Helvetica, Arial, sans-serif" font-size="12" fill="#222"';

/** Of each cell, what feeding something else costs: estimate and 95 % interval. */
export function costPlot(rows, metric) {
  const [left, width, row, top] = [350, 420, 15, 46];
  const entries = rows.flatMap((cell) => [{ cell }, ...cell.arms.filter(({ benefit }) => benefit !== null).map((arm) => ({ arm }))]);
  const height = top + entries.length * row + 40;
  const bounds = rows.flatMap(({ arms }) => arms.flatMap(({ benefit }) => (benefit ? [benefit.low, benefit.high] : [])));
  const [low, high] = [5 * Math.floor(Math.min(0, ...bounds) / 5), 5 * Math.ceil(Math.max(0, ...bounds) / 5)];
  const x = (points) => left + (width * (points - low)) / (high - low);
  const ticks = Array.from({ length: (high - low) / 5 + 1 }, (_, index) => low + 5 * index);
  const marks = entries.map(({ cell, arm }, index) => {
    const y = top + index * row + row / 2;
    if (cell) return text(8, y + 4, nameOf(cell), 'font-weight="bold"');
    const { low: from, high: to, estimate } = arm.benefit;
    const colour = COLOURS[arm.arm] ?? '#444';
    return [
      text(left - 10, y + 4, arm.arm, `text-anchor="end" style="fill:${colour}"`),
      `<line x1="${x(from)}" x2="${x(to)}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="2"/>`,
      `<circle cx="${x(estimate)}" cy="${y}" r="3.5" fill="${colour}"/>`,
    ].join('');
  });
  return svg(left + width + 20, height, `Points of ${metric} that another input costs, with 95 % intervals, for each network and data set`, [
    text(left, 16, `points of ${metric} that this input costs, against the right one`),
    ...ticks.map((tick) => `<line x1="${x(tick)}" x2="${x(tick)}" y1="${top - 4}" y2="${height - 36}" stroke="${tick === 0 ? '#222' : '#ddd'}"/>${text(x(tick), top - 10, String(tick).replace('-', '−'), 'text-anchor="middle"')}`),
    ...marks,
    text(left, height - 12, 'left of 0: better than the right one'),
  ]);
}

/** Of each head-only cell, the cost against what the first layers show. */
export function saturationPlot(rows) {
  const [left, top, width, height] = [60, 20, 480, 280];
  const points = rows.flatMap(({ arms }) => arms.flatMap(({ arm, look, benefit }) => (look && look.saturated !== null && benefit ? [{ arm, share: 100 * look.saturated, cost: benefit.estimate }] : [])));
  const most = 10 * Math.ceil(Math.max(...points.map(({ share }) => share)) / 10);
  const [low, high] = [5 * Math.floor(Math.min(0, ...points.map(({ cost }) => cost)) / 5), 5 * Math.ceil(Math.max(...points.map(({ cost }) => cost)) / 5)];
  const x = (share) => left + (width * share) / most;
  const y = (cost) => top + (height * (high - cost)) / (high - low);
  const costs = Array.from({ length: (high - low) / 5 + 1 }, (_, index) => low + 5 * index);
  const shares = Array.from({ length: most / 10 + 1 }, (_, index) => 10 * index);
  const arms = [...new Set(points.map(({ arm }) => arm))];
  return svg(left + width + 160, top + height + 50, 'Points of accuracy that an input costs, against the share of values at 6 behind the first ReLU6', [
    ...costs.map((cost) => `<line x1="${left}" x2="${left + width}" y1="${y(cost)}" y2="${y(cost)}" stroke="${cost === 0 ? '#222' : '#ddd'}"/>${text(left - 8, y(cost) + 4, String(cost).replace('-', '−'), 'text-anchor="end"')}`),
    ...shares.map((share) => `${text(x(share), top + height + 18, `${share} %`, 'text-anchor="middle"')}`),
    text(left, top + height + 40, 'share of values at 6 behind the first ReLU6 (up: points of accuracy lost)'),
    ...points.map(({ arm, share, cost }) => `<circle cx="${x(share)}" cy="${y(cost)}" r="4" fill="${COLOURS[arm] ?? '#444'}" fill-opacity="0.75"/>`),
    ...arms.map((arm, index) => `<circle cx="${left + width + 24}" cy="${top + 10 + 20 * index}" r="4" fill="${COLOURS[arm] ?? '#444'}"/>${text(left + width + 34, top + 14 + 20 * index, arm)}`),
  ]);
}

function svg(width, height, title, parts) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"><title>${escaped(title)}</title><rect width="100%" height="100%" fill="#fff"/>${parts.join('\n')}</svg>\n`;
}

function text(x, y, content, more = '') {
  return `<text x="${x}" y="${y}" ${TEXT} ${more}>${escaped(content)}</text>`;
}

function escaped(content) {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
