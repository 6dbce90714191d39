// Shares with intervals that know that the checks of one program are alike.

const LEVEL = 0.95;
const RESAMPLES = 4000;

/**
 * A share over cases that come in clusters, with its 95 % interval: percentiles of a bootstrap of whole bases. Where
 * none or all of the cases count, the bootstrap knows no spread: then the exact bound for as many bases as there are.
 *
 * @param cases `{ base, counts }`
 */
export function clusteredShare(cases) {
  const clusters = [...new Set(cases.map(({ base }) => base))].map((base) => {
    const members = cases.filter((one) => one.base === base);
    return [members.filter(({ counts }) => counts).length, members.length];
  });
  const [hits, total] = sums(clusters);
  if (total === 0) return { hits, total, bases: 0, share: NaN, low: NaN, high: NaN };
  const about = { hits, total, bases: clusters.length, share: hits / total };
  const exact = 1 - ((1 - LEVEL) / 2) ** (1 / clusters.length);
  if (hits === 0) return { ...about, low: 0, high: exact };
  if (hits === total) return { ...about, low: 1 - exact, high: 1 };
  const random = generator();
  const shares = Array.from({ length: RESAMPLES }, () => {
    const [some, of] = sums(clusters.map(() => clusters[Math.floor(random() * clusters.length)]));
    return some / of;
  }).sort((a, b) => a - b);
  const at = (p) => shares[Math.round(p * (RESAMPLES - 1))];
  return { ...about, low: at((1 - LEVEL) / 2), high: at((1 + LEVEL) / 2) };
}

function sums(pairs) {
  return pairs.reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0]);
}

/** Park and Miller's minimal standard (1988), so that the page is the same each time. */
function generator() {
  let state = 20_241;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
