import { paragraph } from '../escape.ts';
import { count } from '../numbers.ts';
import type { Detail, Report } from '../types.ts';
import { fold } from './fold.ts';

const MOST_NOTES: Readonly<Record<Detail, number>> = { full: Infinity, 'folded-short': 5, minimal: 0 };

/** What the user should know about the input, folded. */
export function notesSection({ evidence: { notes } }: Report, detail: Detail): string | null {
  const shown = notes.slice(0, MOST_NOTES[detail]);
  if (shown.length === 0) return null;
  const left = notes.length - shown.length;
  const lines = [...shown.map((note) => `- ${paragraph(note)}`), ...(left > 0 ? [`- and ${count(left, 'more note')}`] : [])];
  return fold(`Notes (${notes.length})`, lines.join('\n'));
}
