import type { Text } from '../rules/types.ts';
import { clipped, visible } from './plain.ts';

/** Longest name shown; the middle of a longer one is left out. */
const LONGEST_NAME = 80;
const LONGEST_SENTENCE = 600;
const LONGEST_TEXT = 1200;
const BREAK = '\u200B';

/**
 * What is shown for the characters that can end a code span or a table cell, or begin an HTML comment. GitHub neither
 * links nor mentions inside code, so nothing else needs to change.
 */
const LOOK_ALIKES: Readonly<Record<string, string>> = { '`': 'ˋ', '|': '¦', '<': '‹', '>': '›' };

/** Anything that comes from a file, as inline code: fit for a paragraph, a heading and a table cell. */
export function inlineCode(name: string): string {
  const shown = clipped(visible(name), LONGEST_NAME).replace(/[`|<>]/g, (character) => LOOK_ALIKES[character]!);
  return shown.trim() === '' ? '`(blank)`' : `\`${shown}\``;
}

/**
 * A sentence that may quote from files, as inline Markdown: parts between backticks become code, all else is literal.
 * Nothing in it is markup, HTML, a link, a mention or a reference.
 */
export function prose(sentence: string): string {
  return clipped(visible(sentence), LONGEST_SENTENCE).split(/(`[^`]+`)/).map(proseOrCode).reduce(beside);
}

/** The text of a finding as inline Markdown, names as code. What is longer than anybody would read ends in dots. */
export function markdownText(text: Text): string {
  let markdown = '';
  for (const part of merged(text)) {
    if (markdown.length > LONGEST_TEXT) return `${markdown} …`;
    markdown = beside(markdown, typeof part === 'string' ? prose(part) : inlineCode(part.name));
  }
  return markdown.trim();
}

/** `prose` where a block begins: it cannot become a heading, a list, a quotation or indented code. */
export function paragraph(sentence: string): string {
  return prose(sentence)
    .trim()
    .replace(/^(\d+)([.)])/, '$1\\$2')
    .replace(/^[#+=-]/, '\\$&');
}

function proseOrCode(piece: string, index: number): string {
  return index % 2 === 1 ? inlineCode(piece.slice(1, -1)) : literal(piece);
}

function literal(text: string): string {
  return withoutReferences(text)
    .replaceAll('`', LOOK_ALIKES['`']!)
    .replaceAll('$', '＄')
    .replace(/[\\*_[\]~|]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/**
 * GitHub looks for mentions, references and addresses in the finished text, where no escape is left to stop it: an
 * invisible break does.
 */
function withoutReferences(text: string): string {
  return text
    .replaceAll('@', `@${BREAK}`)
    .replace(/#(?=\d)/g, `#${BREAK}`)
    .replace(/(?<=[A-Za-z]{2})-(?=\d)|(?<=\bGHSA)-/gi, `-${BREAK}`)
    .replace(/(?<![0-9a-z])[0-9a-f]{7,40}(?![0-9a-z])/gi, (commit) => commit.replace(/.{6}(?=.)/g, `$&${BREAK}`))
    .replace(/:(?=[\w+/-])/g, `:${BREAK}`)
    .replace(/www(?=\.)/gi, `$&${BREAK}`);
}

/** Neighbouring strings as one: a reference may begin in one and end in the next. */
function merged(text: Text): Text {
  return text.reduce<Text>((parts, part) => {
    const last = parts.at(-1);
    return typeof part === 'string' && typeof last === 'string' ? [...parts.slice(0, -1), last + part] : [...parts, part];
  }, []);
}

/** Two code spans without a break between them would be read as one. */
function beside(left: string, right: string): string {
  return left.endsWith('`') && right.startsWith('`') ? left + BREAK + right : left + right;
}
