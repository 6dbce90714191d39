import stringWidth from 'string-width';

/** What the first line begins with, and the later ones. */
export interface Indents {
  readonly first: string;
  readonly later: string;
}

/** The text on lines of at most `width` columns; a longer word keeps a line of its own. */
export function wrapped(text: string, width: number, { first, later }: Indents): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(' ')) {
    const longer = empty ? line + word : `${line} ${word}`;
    if (!empty && stringWidth(longer) > width) {
      lines.push(line);
      line = later + word;
    } else {
      line = longer;
    }
    empty = false;
  }
  return [...lines, line];
}
