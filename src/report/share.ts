import { duration } from './numbers.ts';

/** A part of a plan that was measured. */
interface MeasuredShare {
  readonly index: number;
  readonly of: number;
  readonly runs: { readonly head: number; readonly baseline: number };
  readonly seconds: number;
}

/** What there is to say of a shard. */
export function shareLine({ index, of, runs, seconds }: MeasuredShare): string {
  const { head, baseline } = runs;
  const other = baseline === 0 ? '' : `, and ${counted(baseline)} without this change`;
  return `Shard ${index} of ${of}: ${counted(head)} measured${other}, in ${duration(seconds)}. Nothing is judged until all shards are merged.`;
}

function counted(runs: number): string {
  return `${runs} ${runs === 1 ? 'run' : 'runs'}`;
}
