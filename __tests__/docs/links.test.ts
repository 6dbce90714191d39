import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const pages = ['README.md', ...readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md')).map((file) => `docs/${file.replaceAll('\\', '/')}`)];

function read(page: string): string {
  return readFileSync(path.join(root, page), 'utf8');
}

/** As GitHub names the headings of a page. */
function anchorsOf(page: string): Set<string> {
  const headings = [...withoutCode(read(page)).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) => heading!);
  return new Set(headings.map((heading) => heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')));
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, '');
}

const links = pages.flatMap((page) =>
  [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => ({ page, target: target! })).filter(({ target }) => !/^https?:/.test(target)),
);

/** Anchors that comments and messages of the sources lead to. */
const references = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .flatMap((file) => [...read(`src/${file}`).matchAll(/docs\/[\w-]+\.md(?:#[\w-]+)?/g)].map(([target]) => ({ page: `src/${file}`, target })));

function fault(from: string, target: string): string | null {
  const [file, anchor] = target.split('#', 2);
  const page = file === '' ? from : path.posix.join(path.posix.dirname(from), file!);
  if (!existsSync(path.join(root, page))) return 'there is no such file';
  return anchor && !anchorsOf(page).has(anchor) ? 'there is no such heading' : null;
}

describe('documentation', () => {
  it('has links', () => {
    expect(links.length).toBeGreaterThan(40);
    expect(references.length).toBeGreaterThan(5);
  });

  it.each(links)('$page links to $target', ({ page, target }) => {
    expect(fault(page, target)).toBeNull();
  });

  it.each(references)('$page refers to $target', ({ target }) => {
    expect(fault('README.md', target)).toBeNull();
  });
});
