import { drawableLayers } from '../charts.ts';
import { clipped } from '../plain.ts';
import type { Report } from '../types.ts';

/** Up to here names are written under the bars; beyond, bars are numbered. */
const MOST_NAMED = 9;
const LONGEST_LABEL = 10;
const COLOR = '#0969da';

/** The signal that is left after each layer with weights, as a Mermaid chart, where a finding says that it shrinks. */
export function chartSection({ evidence, judgement }: Report): string | null {
  if (!judgement.findings.some(({ rule, severity }) => rule === 'std-shrinkage' && severity !== 'note')) return null;
  const layers = drawableLayers(judgement.layers);
  if (layers.length < 2) return null;
  const start = evidence.model.boundary === null ? 'input' : 'start';
  const percents = [100, ...layers.map(({ shrinkage }) => 100 * shrinkage)];
  return [
    '```mermaid',
    '---',
    'config:',
    '  xyChart:',
    '    height: 320',
    // Without it the longest label is cut off on a narrow page.
    '    yAxis:',
    '      labelPadding: 12',
    '  themeVariables:',
    '    xyChart:',
    `      plotColorPalette: "${COLOR}"`,
    '---',
    'xychart-beta',
    '  title "Signal left after each layer, in %"',
    `  x-axis ${axis([start, ...layers.map(({ site }) => site)])}`,
    `  y-axis 0 --> ${Math.max(100, ...percents).toFixed(0)}`,
    // An exponent, which a number below 1e-6 would be written with, is a syntax error in every version.
    `  bar [${percents.map((percent) => percent.toFixed(3)).join(', ')}]`,
    '```',
  ].join('\n');
}

function axis(names: readonly string[]): string {
  const labels = names.map(label);
  // Bars with the same label would be drawn in one place.
  if (names.length > MOST_NAMED || new Set(labels).size < labels.length) return `"layer" 0 --> ${names.length - 1}`;
  return `[${labels.map((text) => `"${text}"`).join(', ')}]`;
}

/** Only letters, digits and underscores: whatever else a name holds could be syntax. */
function label(name: string): string {
  return clipped(name.split('/').at(-1)!.replace(/[^\p{L}\p{N}_-]/gu, '_'), LONGEST_LABEL) || '_';
}
