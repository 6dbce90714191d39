// A picture of a report as a pull request shows it:
//   node scripts/render-comment.mjs report.md comment.png [--width 900] [--dark] [--open] [--mermaid FILE]
// Needs Chromium (`--chromium FILE`, default /usr/bin/chromium). Charts are drawn by Mermaid, which is no dependency
// of this repository for its size: `npm install --no-save mermaid@11.17.2`, then
// `--mermaid node_modules/mermaid/dist/mermaid.min.js`. Without it a chart is shown as its source.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import rehypeRaw from 'rehype-raw';
import rehypeSanitize from 'rehype-sanitize';
import rehypeStringify from 'rehype-stringify';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRehype from 'remark-rehype';
import { unified } from 'unified';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    width: { type: 'string', default: '900' },
    dark: { type: 'boolean', default: false },
    open: { type: 'boolean', default: false },
    mermaid: { type: 'string' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
  },
});
const [source, picture] = positionals;
if (!source || !picture) throw new Error('Usage: node scripts/render-comment.mjs report.md comment.png');

const markdown = await readFile(source, 'utf8');
const body = await htmlOf(markdown);
const style = await readFile(fileURLToPath(import.meta.resolve('github-markdown-css/github-markdown.css')), 'utf8');
await shoot(page(body, style), values.mermaid ? await readFile(values.mermaid, 'utf8') : null);

/** The same steps as GitHub's: GitHub Flavored Markdown, raw HTML, an allow-list of elements. */
async function htmlOf(text) {
  const html = await unified()
    .use(remarkParse)
    .use(remarkGfm)
    .use(remarkRehype, { allowDangerousHtml: true })
    .use(rehypeRaw)
    .use(rehypeSanitize)
    .use(rehypeStringify)
    .process(text);
  return values.open ? String(html).replaceAll('<details>', '<details open>') : String(html);
}

function page(body, style) {
  return `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>${style}
    body { margin: 0; } .markdown-body { padding: 16px; font-size: 14px; } pre.mermaid { text-align: center; }</style>
    <article class="markdown-body">${body}</article>`;
}

async function shoot(html, mermaid) {
  const browser = await chromium.launch({ executablePath: values.chromium, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const view = await browser.newPage({
      viewport: { width: Number(values.width), height: 200 },
      deviceScaleFactor: 2,
      colorScheme: values.dark ? 'dark' : 'light',
    });
    await view.setContent(html);
    if (mermaid) {
      await view.addScriptTag({ content: mermaid });
      await view.evaluate(drawCharts, values.dark ? 'dark' : 'default');
    }
    await view.screenshot({ path: picture, fullPage: true });
  } finally {
    await browser.close();
  }
}

/** Runs in the page. */
async function drawCharts(theme) {
  const { document, mermaid } = globalThis;
  mermaid.initialize({ startOnLoad: false, theme });
  for (const code of document.querySelectorAll('code.language-mermaid')) {
    const chart = document.createElement('pre');
    chart.className = 'mermaid';
    chart.textContent = code.textContent;
    code.parentElement.replaceWith(chart);
  }
  await mermaid.run();
}
