import type { Evidence } from '../evidence/types.ts';
import type { Judgement } from '../rules/types.ts';

/** What every form of the report is made of. */
export interface Report {
  readonly evidence: Evidence;
  readonly judgement: Judgement;
}

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
