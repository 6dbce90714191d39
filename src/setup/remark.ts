/** What is right or wrong with a set-up. Only an error keeps a check from doing its work. */
export interface Remark {
  readonly level: 'ok' | 'note' | 'warning' | 'error';
  /** One line: what is so, and where. */
  readonly what: string;
  /** How to mend it; null where there is nothing to mend. */
  readonly fix: string | null;
  /** Line of a file of the repository that it is about. */
  readonly place?: { readonly file: string; readonly line: number };
}

export const fine = (what: string): Remark => ({ level: 'ok', what, fix: null });
export const note = (what: string, fix: string | null = null): Remark => ({ level: 'note', what, fix });
export const warning = (what: string, fix: string, place?: Remark['place']): Remark => ({ level: 'warning', what, fix, ...(place && { place }) });
export const error = (what: string, fix: string, place?: Remark['place']): Remark => ({ level: 'error', what, fix, ...(place && { place }) });
