import { createHash } from 'node:crypto';

/** Uniform numbers in [0, 1). */
export type Random = () => number;

/**
 * A generator of its own for every role of chance ("order/3", "initialization/head_1"), so that drawing more for one
 * role changes no other. The state is the SHA-256 of seed and role; the generator is sfc32 (Chris Doty-Humphrey,
 * PractRand 0.9x, http://pracrand.sourceforge.net/RNG_engines.txt).
 */
export function randomOf(seed: number, role: string): Random {
  const digest = createHash('sha256').update(`${seed}/${role}`).digest();
  let a = digest.readInt32LE(0);
  let b = digest.readInt32LE(4);
  let c = digest.readInt32LE(8);
  let counter = 1;
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
}

/**
 * Runs `run` with `Math.random` replaced by the generator of (seed, role): TensorFlow.js draws initial weights, dropout
 * masks and the order of `fit` from it. What was there before comes back in any case.
 *
 * @param run synchronous: a promise would go on drawing after the generator is gone
 */
export function withSeed<T>(seed: number, role: string, run: () => T): T {
  const { random } = Math;
  Math.random = randomOf(seed, role);
  try {
    const result = run();
    if (result instanceof Promise) throw new Error('What runs with a seed must be synchronous.');
    return result;
  } finally {
    Math.random = random;
  }
}

/** 0 to n - 1 in random order (Fisher and Yates; Durstenfeld 1964). */
export function shuffled(n: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, index) => index);
  for (let last = n - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const kept = order[last]!;
    order[last] = order[other]!;
    order[other] = kept;
  }
  return order;
}
