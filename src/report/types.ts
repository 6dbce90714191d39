import type { Evidence } from '../evidence/types.ts';
import type { Judgement } from '../rules/types.ts';

/** What every form of the report is made of. */
export interface Report {
  readonly evidence: Evidence;
  readonly judgement: Judgement;
  /** What the change was compared with; null or absent where nobody asked for it. */
  readonly baseline?: BaselineReport | null;
  /** Nothing had to be computed: all was measured before, of the same content. */
  readonly reused?: boolean;
}

/** The code without this change: why there is none, that the change touches nothing which is checked, or its commit. */
export type BaselineReport =
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'untouched'; readonly commit: string }
  | { readonly kind: 'compared'; readonly commit: string };

/** What of a `UserError` a report shows. */
export interface CouldNotRun {
  readonly code: string;
  readonly what: string;
  readonly fix: string;
}

/**
 * How much of the report is written. A comment may hold 65,536 characters: `full` leaves nothing out,
 * `folded-short` has no chart and few rows, `minimal` stays below 20,000 characters whatever the network.
 */
export type Detail = 'full' | 'folded-short' | 'minimal';
