import type { FingerprintMatch } from '../../evidence/fingerprint.ts';
import type { Candidate } from './candidates.ts';

/** A candidate as evidence. */
export function matchOf({ name, preset, formula, order, mean, std, standardizes }: Candidate): FingerprintMatch {
  return { name, preset, formula, order, mean, std, perImage: standardizes };
}
