import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderCouldNotRun, renderMarkdown } from '../../src/report/markdown.ts';
import type { Detail, Report } from '../../src/report/types.ts';
import { hostileText } from './hostile.ts';
import { htmlOf, nodesOf, REFERENCES, skeletonOf, textsOf, treeOf } from './markdown-tree.ts';
import { FROM_FILES, renamed } from './renamed.ts';
import { diverged, fromScratch, judgement, layer, passing, REPORTS, SHRINKING, vanishing } from './sample.ts';

const DETAILS: readonly Detail[] = ['full', 'folded-short', 'minimal'];
const COULD_NOT_RUN = { code: 'unknown-boundary', what: "model.json: there is no layer 'block10_ad' (`model.boundary`).", fix: "Did you mean 'block10_add'?" };

const all = DETAILS.flatMap((detail) => REPORTS.map(([name, report]) => ({ name, detail, report })));

describe.each(REPORTS)('%s', (name, report) => {
  test('reads as agreed', async () => {
    await expect(renderMarkdown(report(), { detail: 'full' })).toMatchFileSnapshot(`golden/${name}.md`);
  });
});

test('could-not-run reads as agreed', async () => {
  await expect(renderCouldNotRun(COULD_NOT_RUN)).toMatchFileSnapshot('golden/could-not-run.md');
});

test('a report without most of its detail reads as agreed', async () => {
  await expect(renderMarkdown(vanishing(), { detail: 'minimal' })).toMatchFileSnapshot('golden/fail-minimal.md');
});

describe.each(all)('$name, $detail', ({ report, detail }) => {
  const markdown = renderMarkdown(report(), { detail });
  const tree = treeOf(markdown);

  test('has the verdict in its first line', () => {
    const marks = report().judgement.verdict === 'fail' ? /^### ❌ layer-vitals: / : /^### (✅|⚠️) layer-vitals: /;
    expect(markdown).toMatch(marks);
  });

  test('breaks no line inside a paragraph, where a comment would show it', () => {
    expect(textsOf(tree).filter((text) => text.includes('\n'))).toEqual([]);
  });

  test('closes what it opens, and keeps it all when sanitized', () => {
    const html = htmlOf(markdown);
    for (const tag of ['details', 'summary', 'sub', 'table', 'ul']) {
      expect(html.split(`<${tag}>`)).toHaveLength(html.split(`</${tag}>`).length);
    }
    expect(html.split('<details>')).toHaveLength(markdown.split('<details>').length);
  });

  test('shows no NaN and no undefined', () => {
    expect(markdown.replaceAll(/NaN or infinity|\(NaN or infinity\)/g, '')).not.toMatch(/NaN|undefined|null|Infinity/);
  });

  test('has rows as wide as their table', () => {
    for (const table of nodesOf(tree).filter(({ type }) => type === 'table')) {
      expect(new Set(table.children!.map((row) => row.children!.length)).size).toBe(1);
    }
  });
});

describe('names from files', () => {
  test.each(all)('cannot change what $name, $detail is made of', ({ report, detail }) => {
    const benign = skeletonOf(treeOf(renderMarkdown(renamed(report(), (_, index) => `name_${index}`), { detail })));
    fc.assert(
      fc.property(fc.array(hostileText, { minLength: FROM_FILES.length, maxLength: FROM_FILES.length }), (names) => {
        const markdown = renderMarkdown(renamed(report(), (_, index) => `a${index}_${names[index]!}a`), { detail });
        const tree = treeOf(markdown);
        expect(skeletonOf(tree)).toEqual(benign);
        for (const text of textsOf(tree)) {
          for (const [kind, pattern] of Object.entries(REFERENCES)) expect(pattern.test(text), `${kind} in ${text}`).toBe(false);
        }
        expect(markdown).not.toContain('<!--');
        expect(htmlOf(markdown)).not.toMatch(/<(a|img|script)\b/);
      }),
      { numRuns: 4 },
    );
  });

  test('cannot run anything in the command or the chart', () => {
    fc.assert(
      fc.property(hostileText, (name) => {
        const codes = nodesOf(treeOf(renderMarkdown(renamed(vanishing(), (_, index) => `${name}${index}`), { detail: 'full' }))).filter(({ type }) => type === 'code');
        const [chart, command] = codes.map(({ value }) => value!);
        expect(codes).toHaveLength(2);
        expect(command).toMatch(/^npx layer-vitals(@[\w.+-]+)? check --config ([\w./][\w./-]*|"[\p{L}\p{N}_./ ()&+,=-]+"|<path of the config>)$/u);
        expect(chart).toMatch(/\n {2}x-axis (\["start"(, "[\p{L}\p{N}_…-]{1,10}")+\]|"layer" 0 --> 6)\n/u);
      }),
    );
  });

  test('cannot write anything into a could-not-run', () => {
    const plain = skeletonOf(treeOf(renderCouldNotRun(COULD_NOT_RUN)));
    fc.assert(
      fc.property(hostileText, hostileText, hostileText, (code, what, fix) => {
        const tree = treeOf(renderCouldNotRun({ code, what: `a${what}a`, fix: `a${fix}a` }));
        expect(skeletonOf(tree)).toEqual(plain);
        for (const text of textsOf(tree)) {
          for (const [kind, pattern] of Object.entries(REFERENCES)) expect(pattern.test(text), `${kind} in ${text}`).toBe(false);
        }
      }),
    );
  });
});

describe('the chart', () => {
  const chartOf = (report: Report): string | undefined => nodesOf(treeOf(renderMarkdown(report, { detail: 'full' }))).find(({ type, value }) => type === 'code' && value?.includes('xychart'))?.value;
  const withLayers = (layers: Report['judgement']['layers']): Report => ({ ...vanishing(), judgement: { ...vanishing().judgement, layers } });
  const bars = (chart: string | undefined): readonly string[] => /bar \[(.*)\]/.exec(chart ?? '')?.[1]?.split(', ') ?? [];

  test('stands only where the signal shrinks', () => {
    expect(REPORTS.filter(([, report]) => chartOf(report()) !== undefined).map(([name]) => name)).toEqual(['fail-vanishing-head']);
    const note = { ...SHRINKING, severity: 'note' as const };
    expect(chartOf({ ...vanishing(), judgement: { ...vanishing().judgement, findings: [note] } })).toBeUndefined();
  });

  test('writes no exponent, which Mermaid cannot read, and reaches as high as its bars', () => {
    const chart = chartOf(withLayers([1e-30, 1e-9, 1.7].map((shrinkage, index) => layer(`l_${index}`, { shrinkage }))));
    expect(bars(chart)).toEqual(['100.000', '0.000', '0.000', '170.000']);
    expect(chart).toContain('y-axis 0 --> 170');
  });

  test('numbers its bars where names do not fit or would be the same', () => {
    const named = (names: readonly string[]): string => /x-axis (.*)/.exec(chartOf(withLayers(names.map((name) => layer(name))))!)![1]!;
    expect(named(['a', 'deep/b'])).toBe('["start", "a", "b"]');
    expect(named(['a/same', 'b/same'])).toBe('"layer" 0 --> 2');
    expect(named(Array.from({ length: 12 }, (_, index) => `l${index}`))).toBe('"layer" 0 --> 12');
  });

  test('ends before the first share that is not a number', () => {
    const chart = chartOf(withLayers([0.5, 0.4, Number.NaN, 0.3].map((shrinkage, index) => layer(`l_${index}`, { shrinkage }))));
    expect(bars(chart)).toEqual(['100.000', '50.000', '40.000']);
  });
});

describe('figures that are not finite', () => {
  test.each([Number.NaN, Infinity, -Infinity])('%s is never shown', (value) => {
    for (const report of [vanishing(), diverged(), fromScratch()]) {
      const { evidence, judgement } = report;
      const broken = JSON.parse(JSON.stringify(judgement, (key, item: unknown) => (typeof item === 'number' && key !== 'diverged' && key !== 'seeds' ? 'broken' : item)), (_, item: unknown) => (item === 'broken' ? value : item)) as typeof judgement;
      const markdown = renderMarkdown({ evidence, judgement: broken }, { detail: 'full' });
      expect(markdown.replaceAll(/NaN or infinity/g, '')).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});

describe('length', () => {
  const deep = (layers: number): Report => {
    const names = Array.from({ length: layers }, (_, index) => `block_${index}/${'very_'.repeat(50)}long`);
    const findings = names.map((name) => ({ ...SHRINKING, sites: [name, ...names], what: [{ name }, ' is weak'], explains: [SHRINKING] }));
    return {
      evidence: { ...passing().evidence, notes: names },
      judgement: judgement({ verdict: 'fail', findings, layers: names.map((name) => layer(name)), worst: { site: names[0]!, shrinkage: 0.01 } }),
    };
  };

  test('a minimal report is short, whatever the network', () => {
    expect(renderMarkdown(deep(1000), { detail: 'minimal' }).length).toBeLessThan(20_000);
  });

  test('less detail is never longer, and a comment holds the folded-short one', () => {
    const lengths = DETAILS.map((detail) => renderMarkdown(deep(600), { detail }).length);
    expect(lengths[0]).toBeGreaterThan(65_536);
    expect(lengths[1]).toBeLessThan(40_000);
    expect(lengths[2]).toBeLessThan(lengths[1]!);
  });

  test('what is cut keeps the start, what a finding names and the layers with weights, in their order', () => {
    const pools = Array.from({ length: 30 }, (_, index) => layer(`pool_${index}`, { relativeGain: null, judged: false }));
    const { evidence, judgement } = vanishing();
    const layers = [...judgement.layers.slice(0, 2), ...pools, ...judgement.layers.slice(2)];
    const markdown = renderMarkdown({ evidence, judgement: { ...judgement, layers } }, { detail: 'folded-short' });
    const names = [...markdown.matchAll(/^\| (?:❌ )?`([^`]+)`/gm)].map(([, name]) => name);
    expect(names).toHaveLength(12);
    expect(names.filter((name) => !name!.startsWith('pool_'))).toEqual(['block10_add', 'head_1', 'head_2', 'head_3', 'head_4', 'head_5', 'head_6', 'logits']);
    expect(markdown).toContain('27 more layers');
  });
});
