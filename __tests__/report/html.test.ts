import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chartsOf } from '../../src/report/charts.ts';
import { renderHtml } from '../../src/report/html.ts';
import { renderCouldNotRun, renderMarkdown } from '../../src/report/markdown.ts';
import type { Report } from '../../src/report/types.ts';
import { hostileText } from './hostile.ts';
import { FROM_FILES, renamed } from './renamed.ts';
import { diverged, REPORTS, vanishing } from './sample.ts';

const style = readFileSync(fileURLToPath(import.meta.resolve('github-markdown-css/github-markdown.css')), 'utf8');

function page(report: Report): Promise<string> {
  return renderHtml({ markdown: renderMarkdown(report, { detail: 'full' }), charts: chartsOf(report), style });
}

/** Elements of the page by their names. */
function tagsOf(html: string): Set<string> {
  return new Set([...html.slice(html.indexOf('<body>')).matchAll(/<([a-z][a-z0-9]*)/g)].map(([, name]) => name!));
}

describe.each(REPORTS)('%s as a page', (_, report) => {
  test('needs no other file and runs nothing', async () => {
    const html = await page(report());
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(html).not.toMatch(/<(script|link|img|iframe)|\bsrc=|url\((?!["']?data:)|@import/i);
  });

  test('has the charts before the folded parts, and no source of one', async () => {
    const html = await page(report());
    expect(html.split('<figure>')).toHaveLength(chartsOf(report()).length + 1);
    expect(html.lastIndexOf('</figure>')).toBeLessThan(html.indexOf('<details>'));
    expect(html).not.toMatch(/mermaid|undefined|="[^"]*NaN/);
  });
});

test('shows a report that could not be made', async () => {
  const markdown = renderCouldNotRun({ code: 'no-images', what: 'There are no images.', fix: 'Add some.' });
  expect(await renderHtml({ markdown, charts: [], style })).toMatch(/could not run[\s\S]*There are no images/);
});

test('draws each judged layer with its share, and each arm', () => {
  const [signal, learning] = chartsOf(vanishing());
  const { judgement, evidence } = vanishing();
  const drawn = judgement.layers.filter(({ judged, relativeGain, shrinkage }) => judged && relativeGain !== null && shrinkage !== null);
  expect(signal).toMatchObject({ kind: 'bars', bars: [{ value: 100 }, ...drawn.map(({ site, shrinkage }) => ({ label: site, value: 100 * shrinkage! }))] });
  expect(learning).toMatchObject({ kind: 'lines', lines: evidence.plan.arms.map(({ name }) => ({ label: name })) });
});

test('has no point that is not a number, whatever became of the runs', () => {
  const points = chartsOf(diverged()).flatMap((chart) => (chart.kind === 'lines' ? chart.lines.flatMap((line) => line.points.flat()) : chart.bars.map(({ value }) => value)));
  expect(points.length).toBeGreaterThan(0);
  expect(points.filter((value) => !Number.isFinite(value))).toEqual([]);
});

test('takes no markup from a name', async () => {
  const plain = tagsOf(await page(vanishing()));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...FROM_FILES), hostileText, async (name, text) => {
      expect(tagsOf(await page(renamed(vanishing(), (own) => (own === name ? text : own))))).toEqual(plain);
    }),
    { numRuns: 30 },
  );
});
