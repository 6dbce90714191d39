/** Up to here all sums are enumerated in halves: 2^20 sums on either side. */
const MOST_EXACT = 40;
/** Drawn patterns beyond that; at p = .05 they leave a standard error of .0009. */
const DRAWS = 2 ** 16 - 1;

/**
 * Two-sided sign-flip test of paired differences: the share of the 2^n sign patterns whose mean is at least as far from
 * zero as the observed one (Fisher 1935, The Design of Experiments, section 21). It speaks of these pairs, and assumes
 * nothing but that each difference could as well have come with the other sign. A difference of zero says nothing.
 *
 * @returns exact for up to 40 differences that are not zero; beyond, (k + 1) / (m + 1) over m patterns drawn with a fixed
 * seed, which never understates p (Phipson & Smyth 2010, "Permutation P-values Should Never Be Zero")
 */
export function signFlipTest(differences: readonly number[]): number {
  const sizes = differences.map(Math.abs).filter((size) => size !== 0);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  // Sums of the same numbers in another order may differ in their last bits: those are ties.
  const limit = Math.abs(differences.reduce((sum, difference) => sum + difference, 0)) - 1e-9 * total;
  if (limit <= 0) return 1;
  return sizes.length <= MOST_EXACT ? exactShare(sizes, limit) : drawnShare(sizes, limit);
}

/** The smallest p that `pairs` pairs can reach, when all differences have one sign: 2 / 2^n. */
export function smallestP(pairs: number): number {
  return Math.min(1, 2 / 2 ** pairs);
}

/**
 * Every pattern is one of the first half of the signs and one of the second (Horowitz & Sahni 1974): with the sums of both
 * halves sorted, the partners that reach the limit together with a sum are a tail, and the tail only grows.
 */
function exactShare(sizes: readonly number[], limit: number): number {
  const middle = sizes.length >> 1;
  const first = signedSums(sizes.slice(0, middle)).sort();
  const second = signedSums(sizes.slice(middle)).sort();
  let extreme = 0;
  let tail = second.length;
  for (const sum of first) {
    while (tail > 0 && sum + second[tail - 1]! >= limit) tail--;
    extreme += second.length - tail;
  }
  // Turning all signs mirrors the sums, so the other side holds as many.
  return (2 * extreme) / 2 ** sizes.length;
}

function signedSums(sizes: readonly number[]): Float64Array {
  const sums = new Float64Array(2 ** sizes.length);
  let known = 1;
  for (const size of sizes) {
    for (let i = 0; i < known; i++) {
      const sum = sums[i]!;
      sums[i] = sum - size;
      sums[known + i] = sum + size;
    }
    known *= 2;
  }
  return sums;
}

function drawnShare(sizes: readonly number[], limit: number): number {
  const bits = randomBits(sizes.length);
  let extreme = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    let sum = 0;
    let word = 0;
    for (let i = 0; i < sizes.length; i++) {
      if (i % 32 === 0) word = bits();
      sum += (word >>> (i % 32)) & 1 ? sizes[i]! : -sizes[i]!;
    }
    if (Math.abs(sum) >= limit) extreme++;
  }
  return (extreme + 1) / (DRAWS + 1);
}

/** 32 random bits a call: splitmix32, a counter through the mixing function of MurmurHash3 (Appleby 2011). */
function randomBits(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
}
