import type { Text } from '../rules/types.ts';

const REPLACEMENT = '\uFFFD';
const ZERO_WIDTH_JOINERS = new Set(['\u200C', '\u200D']);

/**
 * The text on one line for a log or a terminal. Names that are more than one plain word stand in quotation marks.
 * Nothing in it is an escape sequence or a command to a GitHub runner.
 */
export function plainText(text: Text): string {
  return logSafe(text.map((part) => (typeof part === 'string' ? part : quoted(part.name))).join(''));
}

/** A file's name or a sentence, fit for a log or a terminal; see `plainText`. */
export function logSafe(text: string): string {
  return visible(text).replaceAll('##[', '## [').replace(/:(?=:)/g, ': ');
}

/** What is known of an error that nobody foresaw, line by line fit for a log or a terminal. */
export function stackLines(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return stack.split('\n').map(logSafe).join('\n');
}

/**
 * The text with every control, formatting and line-breaking character replaced: no escape sequence, no text that
 * runs backwards, nothing hidden. Joiners stay: scripts and emoji need them.
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => (ZERO_WIDTH_JOINERS.has(character) ? character : REPLACEMENT));
}

/** The text in at most `room` characters, the middle left out. */
export function clipped(text: string, room: number): string {
  const characters = Array.from(text);
  if (characters.length <= room) return text;
  const tail = Math.floor((room - 1) / 3);
  return [...characters.slice(0, room - 1 - tail), '…', ...characters.slice(characters.length - tail)].join('');
}

function quoted(name: string): string {
  return /^[\p{L}\p{N}_./-]+$/u.test(name) ? name : `'${name}'`;
}
