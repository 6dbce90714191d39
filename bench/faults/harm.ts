import { studentCdf } from '../../src/stats/student.ts';
import { mean, sampleVariance } from '../../src/stats/summary.ts';

/** Points by which a mutant must be worse, at least. */
const HARM = 5;
const ALPHA = 0.05;

/**
 * Whether a mutant is worse than its healthy twin: by 5 points or more on average over paired seeds, and significantly
 * so (one-sided paired t test, p < .05). One that is refused cannot be used at all.
 */
export function isWorse(mutant: readonly number[] | null, twin: readonly number[]): boolean {
  if (mutant === null) return true;
  const losses = twin.map((accuracy, index) => 100 * (accuracy - mutant[index]!));
  const loss = mean(losses);
  if (loss < HARM) return false;
  const error = Math.sqrt(sampleVariance(losses) / losses.length);
  return error === 0 || 1 - studentCdf(loss / error, losses.length - 1) < ALPHA;
}
