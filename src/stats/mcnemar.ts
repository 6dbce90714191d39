/**
 * Exact two-sided p of McNemar's test (Fagerland, Lydersen and Laake 2013, BMC Med. Res. Methodol. 13:91): whether two
 * classifiers are right equally often on the same examples. Only examples on which they differ count, and each is as
 * likely to favour one as the other.
 *
 * @param first, second whether each example was classified right
 */
export function mcnemarP(first: readonly boolean[], second: readonly boolean[]): number {
  const won = first.filter((right, index) => right && !second[index]).length;
  const lost = first.filter((right, index) => !right && second[index]).length;
  const n = won + lost;
  let term = 0.5 ** n;
  let tail = term;
  for (let k = 1; k <= Math.min(won, lost); k++) {
    term *= (n - k + 1) / k;
    tail += term;
  }
  return Math.min(1, 2 * tail);
}
