import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled, type Values } from '../reference/array.ts';
import { at, computed, indicesOf } from '../reference/indices.ts';

const LETTERS = 'abcde'.split('');

/** Axes of up to two factors and of the result, in any order, and a size for each letter. */
const sumOfProducts = fc
  .record({
    terms: fc.array(fc.shuffledSubarray(LETTERS, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 2 }),
    order: fc.shuffledSubarray(LETTERS, { minLength: LETTERS.length }),
    kept: fc.nat({ max: 31 }),
    sizes: fc.tuple(...LETTERS.map(() => fc.constantFrom(1, 2, 3))),
    seed: fc.nat(),
  })
  .map(({ terms, order, kept, sizes, seed }) => ({
    terms,
    output: order.filter((axis) => terms.flat().includes(axis) && (kept >> LETTERS.indexOf(axis)) & 1),
    sizes: Object.fromEntries(LETTERS.map((axis, i) => [axis, sizes[i]!])),
    seed,
  }));

describe('sums of products', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  test('values and gradients are those of the reference', () => {
    fc.assert(
      fc.property(sumOfProducts, ({ terms, output, sizes, seed }) => {
        const random = normal(seed);
        const equation = `${terms.map((term) => term.join('')).join(', ')} -> ${output.join('')}`;
        expectGradients(
          (...factors) => tf.einsum(equation, ...factors),
          (...factors) => einsum(terms, output, sizes, factors),
          terms.map((term) => filled(term.map((axis) => sizes[axis]!), random)),
          random,
        );
      }),
      { numRuns: 100 },
    );
  });

  test('a letter twice in a factor, or a third factor, is refused', () => {
    const x = tf.ones([2, 2]);
    expect(() => tf.einsum('aa->a', x)).toThrow(/duplicate/);
    expect(() => tf.einsum('ab,bc,cd->ad', x, x, x)).toThrow(/more than 2/);
  });
});

function einsum(terms: readonly string[][], output: readonly string[], sizes: Readonly<Record<string, number>>, factors: readonly Values[]): Values {
  const summed = [...new Set(terms.flat())].filter((axis) => !output.includes(axis));
  return computed(output.map((axis) => sizes[axis]!), (index) =>
    indicesOf(summed.map((axis) => sizes[axis]!)).reduce((sum, inner) => {
      const place = (axis: string) => (output.includes(axis) ? index[output.indexOf(axis)]! : inner[summed.indexOf(axis)]!);
      return sum + factors.reduce((product, factor, i) => product * at(factor, terms[i]!.map(place)), 1);
    }, 0),
  );
}
