import type { Run } from '../../src/evidence/types.ts';

/** Whether each held-out example was right, a digit each in the order of the split; by arm, for each seed. */
export type Outcomes = Readonly<Record<string, readonly string[]>>;

export function bitsOf({ outcomes }: Pick<Run, 'outcomes'>): string {
  return outcomes.scores.join('');
}
