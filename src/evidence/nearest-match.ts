import type { Fingerprint, FingerprintMatch } from './fingerprint.ts';

/** What comes nearest to what a network was fed; null where another candidate does as well, so that the order says nothing. */
export function nearestMatch({ best, candidates: [first, second] }: Pick<Fingerprint, 'best' | 'candidates'>): FingerprintMatch | null {
  const isTied = first !== undefined && second !== undefined && first.accuracy !== null && first.accuracy === second.accuracy;
  return isTied ? null : best;
}
