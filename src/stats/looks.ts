/** Chance of a false verdict that a whole check may have. */
const ALPHA = 0.05;
/** What the first of several looks spends: the smallest two-sided p of six seeds, 2 / 2^6. */
const FIRST = 0.03125;

/**
 * Level of the test at one of several looks at growing data. The first spends .03125 and the others share what is left of
 * .05, so that by Bonferroni's inequality no more than .05 is spent in all, whatever correlates. A single look spends it all.
 *
 * @param looks sizes at which a decision may be made, ascending
 * @param size of the data now; what is none of the looks, such as a confirmation, is a check of its own
 */
export function alphaOfLook(looks: readonly number[], size: number): number {
  const look = looks.indexOf(size);
  if (looks.length < 2 || look < 0) return ALPHA;
  return look === 0 ? FIRST : (ALPHA - FIRST) / (looks.length - 1);
}
