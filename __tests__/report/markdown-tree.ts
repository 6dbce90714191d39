/** Markdown as GitHub reads it, for assertions on what a text has become. */
import rehypeRaw from 'rehype-raw';
import rehypeSanitize from 'rehype-sanitize';
import rehypeStringify from 'rehype-stringify';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRehype from 'remark-rehype';
import { unified } from 'unified';

export interface Node {
  readonly type: string;
  readonly value?: string;
  readonly children?: readonly Node[];
}

export function treeOf(markdown: string): Node {
  const processor = unified().use(remarkParse).use(remarkGfm);
  return processor.runSync(processor.parse(markdown));
}

/** Every node, the outer ones first. */
export function nodesOf(node: Node): readonly Node[] {
  return [node, ...(node.children ?? []).flatMap(nodesOf)];
}

/** The tree without what is said: blocks, tags and the places of text. Whether a word of a sentence is code is left out. */
export function skeletonOf(node: Node): unknown {
  if (node.type === 'html') return node.value;
  if (node.type === 'text' || node.type === 'inlineCode') return 'words';
  const children = (node.children ?? []).map(skeletonOf);
  return [node.type, ...children.filter((child, index) => child !== 'words' || children[index - 1] !== 'words')];
}

/** The text in which GitHub looks for mentions and references: not that of code. */
export function textsOf(node: Node): readonly string[] {
  return nodesOf(node).flatMap(({ type, value }) => (type === 'text' ? [value ?? ''] : []));
}

/** What a reader's browser gets. */
export function htmlOf(markdown: string): string {
  const html = unified()
    .use(remarkParse)
    .use(remarkGfm)
    .use(remarkRehype, { allowDangerousHtml: true })
    .use(rehypeRaw)
    .use(rehypeSanitize)
    .use(rehypeStringify)
    .processSync(markdown);
  return String(html);
}

/** What GitHub turns into a link or a notification, wherever it stands in a text. */
export const REFERENCES: Readonly<Record<string, RegExp>> = {
  mention: /@[a-z0-9]/i,
  issue: /#\d/,
  'issue with a prefix': /\bGH-\d/i,
  advisory: /\b(CVE-\d|GHSA-\w)/i,
  commit: /(?<![0-9a-z])[0-9a-f]{7,40}(?![0-9a-z])/i,
  address: /(https?:\/\/|www\.)/i,
  emoji: /:[a-z+-][a-z0-9_+-]*:/i,
  mathematics: /\$/,
};
