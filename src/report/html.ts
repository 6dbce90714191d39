import type { Element, Root } from 'hast';
import { h } from 'hastscript';
import rehypeRaw from 'rehype-raw';
import rehypeSanitize from 'rehype-sanitize';
import rehypeStringify from 'rehype-stringify';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRehype from 'remark-rehype';
import { unified } from 'unified';
import type { Chart } from './charts.ts';
import { drawn } from './html/svg.ts';

export interface Page {
  /** A report as `renderMarkdown` or `renderCouldNotRun` writes it. */
  readonly markdown: string;
  readonly charts: readonly Chart[];
  /** Style sheet of `.markdown-body`. */
  readonly style: string;
}

/** Nothing is loaded and nothing runs, whatever a name in the report holds. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

const OWN_STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; background: light-dark(#ffffff, #0d1117); }
.markdown-body { max-width: 900px; margin: 0 auto; padding: 24px 16px; font-size: 15px; }
.markdown-body { --line-0: light-dark(#0969da, #58a6ff); --line-1: light-dark(#bc4c00, #f0883e); --line-2: light-dark(#1a7f37, #3fb950);
  --line-3: light-dark(#8250df, #bc8cff); --line-4: light-dark(#bf3989, #f778ba); --line-5: light-dark(#57606a, #8b949e); }
figure { margin: 16px 0; } figcaption { font-weight: 600; margin-bottom: 8px; }
svg text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: light-dark(#1f2328, #e6edf3); }
svg .bar { fill: var(--line-0); } svg .grid { stroke: light-dark(#d1d9e0, #30363d); }
svg .line { fill: none; stroke-width: 2; }
${[0, 1, 2, 3, 4, 5].map((index) => `svg .line-${index} { stroke: var(--line-${index}); }`).join('\n')}
@media print { .markdown-body { max-width: none; } }
`;

/**
 * The report as one file that needs no other: the Markdown of the comment by the steps that GitHub takes, its allow-list
 * of elements included, with the charts as inline SVG. Light and dark as the reader's system is.
 */
export async function renderHtml({ markdown, charts, style }: Page): Promise<string> {
  const html = await unified()
    .use(remarkParse)
    .use(remarkGfm)
    .use(remarkRehype, { allowDangerousHtml: true })
    .use(rehypeRaw)
    .use(rehypeSanitize)
    .use(() => (tree: Root) => {
      illustrated(tree, charts);
    })
    .use(rehypeStringify)
    .process(markdown);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<title>layer-vitals</title>',
    `<style>${style}${OWN_STYLE}</style>`,
    '</head>',
    `<body><main class="markdown-body">${String(html)}</main></body>`,
    '</html>',
    '',
  ].join('\n');
}

/** The charts stand before the folded parts, and the source of the one that GitHub draws is taken out. */
function illustrated(tree: Root, charts: readonly Chart[]): void {
  const children = tree.children.filter((node) => !(node.type === 'element' && isMermaid(node)));
  const fold = children.findIndex((node) => node.type === 'element' && node.tagName === 'details');
  const figures = charts.map((chart) => h('figure', [h('figcaption', chart.title), drawn(chart)]));
  tree.children = fold === -1 ? [...children, ...figures] : [...children.slice(0, fold), ...figures, ...children.slice(fold)];
}

function isMermaid({ tagName, children: [code] }: Element): boolean {
  return tagName === 'pre' && code?.type === 'element' && Array.isArray(code.properties.className) && code.properties.className.includes('language-mermaid');
}
