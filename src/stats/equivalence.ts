export type EquivalenceVerdict = 'needed' | 'harmful' | 'not-needed' | 'inconclusive';

interface Bounds {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/**
 * What a benefit's intervals allow to be said. `needed`: the 95 % interval lies above zero and the effect reaches the
 * margin; `harmful`: its mirror image; `not-needed`: the 90 % interval lies within the margin on both sides, which is
 * two one-sided tests at 5 % (Schuirmann 1987); anything else is `inconclusive`.
 *
 * @param equivalence the 90 % interval
 */
export function equivalenceVerdict({ benefit, equivalence, margin }: { readonly benefit: Bounds; readonly equivalence: Bounds; readonly margin: number }): EquivalenceVerdict {
  if (benefit.low > 0 && benefit.estimate >= margin) return 'needed';
  if (benefit.high < 0 && benefit.estimate <= -margin) return 'harmful';
  return equivalence.low > -margin && equivalence.high < margin ? 'not-needed' : 'inconclusive';
}
