import { markdownTable } from 'markdown-table';

/** A column: its heading and on which side its cells stand. */
export interface Column {
  readonly heading: string;
  readonly align: 'left' | 'right';
}

/** A GFM table without padding, which would only cost characters. Cells are escaped by whoever writes them. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  return markdownTable([columns.map(({ heading }) => heading), ...rows], { align: columns.map(({ align }) => align), alignDelimiters: false });
}
