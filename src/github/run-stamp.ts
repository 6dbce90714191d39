import { createHash } from 'node:crypto';

/** Which run of the workflow a report is of, and what it says: hidden in the comment. */
export interface Stamp {
  /** Head commit that was checked, 40 hexadecimal digits. */
  readonly sha: string;
  /** Id of the run, which grows from run to run of a repository, whatever the workflow. */
  readonly run: number;
  /** How the run is called on GitHub's pages: its number within the workflow. */
  readonly number: number;
  /** From 1; re-running a run keeps its id. */
  readonly attempt: number;
  /** Digest of verdict and findings: equal where two reports say the same of a change. */
  readonly says: string;
}

const STAMP = /^<!-- layer-vitals:run sha=([0-9a-f]{40}) run=(\d{1,15}) number=(\d{1,15}) attempt=(\d{1,6}) says=([0-9a-f]{16}) -->$/m;

export function stampLine({ sha, run, number, attempt, says }: Stamp): string {
  return `<!-- layer-vitals:run sha=${sha} run=${run} number=${number} attempt=${attempt} says=${says} -->`;
}

/** Null for a comment of a version that wrote none. */
export function stampIn(body: string): Stamp | null {
  const [, sha, run, number, attempt, says] = STAMP.exec(body) ?? [];
  if (sha === undefined || says === undefined) return null;
  return { sha, run: Number(run), number: Number(number), attempt: Number(attempt), says };
}

/** Below 0 where the first is of an older run; a comment without a stamp is older than any with one. */
export function byAge(a: Stamp | null, b: Stamp | null): number {
  return (a?.run ?? 0) - (b?.run ?? 0) || (a?.attempt ?? 0) - (b?.attempt ?? 0);
}

export function digest(said: unknown): string {
  return createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 16);
}
