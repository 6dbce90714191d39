import { logGamma } from './gamma.ts';
import { mean, sampleVariance } from './summary.ts';

/**
 * Standardized mean of paired differences: mean / std of the differences, with the small-sample correction of
 * Hedges (1981, Journal of Educational Statistics 6, equation 6e), J = Gamma(df / 2) / (sqrt(df / 2) Gamma((df - 1) / 2)).
 *
 * @returns null for fewer than three differences, and where they do not differ among themselves
 */
export function standardizedEffect(differences: readonly number[]): number | null {
  const df = differences.length - 1;
  const std = Math.sqrt(sampleVariance(differences));
  if (df < 2 || std === 0) return null;
  const correction = Math.exp(logGamma(df / 2) - logGamma((df - 1) / 2)) / Math.sqrt(df / 2);
  return (correction * mean(differences)) / std;
}

/** Share of the pairs in which the first is better; ties count half (Vargha & Delaney 2000, for pairs). */
export function superiority(differences: readonly number[]): number {
  return mean(differences.map((difference) => (Math.sign(difference) + 1) / 2));
}
