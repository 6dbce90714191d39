import type { Run } from '../../src/evidence/types.ts';

/** Whether each held-out example was right, a digit each in the order of the split; by arm, for each seed. */
export type Outcomes = Readonly<Record<string, readonly string[]>>;

/** By arm, for each seed: the share that a run gets right of many images of the pool that are none of the experiment's. */
export type Elsewhere = Readonly<Record<string, readonly number[]>>;

/** What is kept of an experiment. */
export interface Kept {
  readonly outcomes: Outcomes;
  readonly elsewhere?: Elsewhere;
}

export function bitsOf({ outcomes }: Pick<Run, 'outcomes'>): string {
  return outcomes.scores.join('');
}
