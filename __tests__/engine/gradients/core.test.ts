import fc from 'fast-check';
import { beforeAll, describe, test } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import * as tf from '../../../src/engine/tf.ts';
import { normal } from '../arbitrary.ts';
import { expectGradients } from '../expect-gradients.ts';
import { filled, type Values } from '../reference/array.ts';
import { at, computed, indicesOf } from '../reference/indices.ts';

/** Gradients of core that are used as they are. */
describe('gradients of core', () => {
  beforeAll(async () => {
    await startBackend('wasm');
  });

  const { sqrt, exp, log, tanh, cosh, abs } = Math;
  /** Functions of one number, and what to keep away from. */
  const FUNCTIONS: readonly [string, (x: tf.Tensor) => tf.Tensor, (x: number) => number, (x: number) => number][] = [
    ['square', tf.square, (x) => x * x, Number],
    ['sqrt', tf.sqrt, sqrt, (x) => 0.2 + abs(x)],
    ['rsqrt', tf.rsqrt, (x) => 1 / sqrt(x), (x) => 0.2 + abs(x)],
    ['reciprocal', tf.reciprocal, (x) => 1 / x, (x) => x + 0.5 * Math.sign(x)],
    ['exp', tf.exp, exp, Number],
    ['expm1', tf.expm1, Math.expm1, Number],
    ['log', tf.log, log, (x) => 0.2 + abs(x)],
    ['log1p', tf.log1p, Math.log1p, (x) => abs(x)],
    ['tanh', tf.tanh, tanh, Number],
    ['sigmoid', tf.sigmoid, (x) => 1 / (1 + exp(-x)), Number],
    ['softplus', tf.softplus, (x) => log(1 + exp(x)), Number],
    ['erf', (x) => tf.erf(x), erf, Number],
    ['sin', tf.sin, Math.sin, Number],
    ['cos', tf.cos, Math.cos, Number],
    ['sinh', tf.sinh, Math.sinh, Number],
    ['cosh', tf.cosh, cosh, Number],
    ['atan', tf.atan, Math.atan, Number],
    ['asinh', tf.asinh, Math.asinh, Number],
    ['relu', tf.relu, (x) => Math.max(0, x), away(0)],
    ['relu6', tf.relu6, (x) => Math.min(6, Math.max(0, x)), away(0)],
    ['leakyRelu', (x) => tf.leakyRelu(x, 0.2), (x) => (x > 0 ? x : 0.2 * x), away(0)],
    ['elu', tf.elu, (x) => (x > 0 ? x : exp(x) - 1), away(0)],
    ['selu', tf.selu, (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (exp(x) - 1)), away(0)],
    ['step', (x) => tf.mul(x, tf.step(x)), (x) => Math.max(0, x), away(0)],
    ['abs', tf.abs, abs, away(0)],
  ];

  test.each(FUNCTIONS)('%s', (_, operation, reference, move) => {
    const random = normal(11);
    const x = filled([3, 7], () => move(random()));
    // Erf is a polynomial on wasm: right to 1e-5 or so.
    expectGradients(operation, (values) => computed(values.shape, (index) => reference(at(values, index))), [x], random, 5e-5);
  });

  const OF_TWO: readonly [string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, (a: number, b: number) => number][] = [
    ['add', tf.add, (a, b) => a + b],
    ['sub', tf.sub, (a, b) => a - b],
    ['mul', tf.mul, (a, b) => a * b],
    ['div', tf.div, (a, b) => a / b],
    ['pow', tf.pow, (a, b) => a ** b],
    ['atan2', tf.atan2, Math.atan2],
  ];

  test.each(OF_TWO)('%s, broadcast', (_, operation, reference) => {
    const random = normal(12);
    const positive = () => 0.5 + Math.abs(random());
    for (const [a, b] of [[[2, 3], [2, 3]], [[2, 3], [3]], [[2, 1], [1, 3]], [[3], [2, 2, 3]], [[], [2]]] as const) {
      expectGradients(operation, (x, y) => elementwise(x, y, reference), [filled(a, positive), filled(b, positive)], random, 5e-5);
    }
  });

  const shape = fc.array(fc.constantFrom(1, 2, 3, 5), { minLength: 1, maxLength: 4 });

  test('sums, means and products over axes', () => {
    fc.assert(
      fc.property(shape, fc.nat({ max: 15 }), fc.boolean(), fc.nat(), (sides, mask, keepDims, seed) => {
        const random = normal(seed);
        const axes = sides.flatMap((_, axis) => ((mask >> axis) & 1 ? [axis] : []));
        fc.pre(axes.length > 0);
        const x = filled(sides, random);
        expectGradients((t) => tf.sum(t, axes, keepDims), (v) => reduced(v, axes, keepDims, sum), [x], random);
        expectGradients((t) => tf.mean(t, axes, keepDims), (v) => reduced(v, axes, keepDims, (all) => sum(all) / all.length), [x], random);
        expectGradients((t) => tf.prod(t, axes, keepDims), (v) => reduced(v, axes, keepDims, (all) => all.reduce((p, y) => p * y, 1)), [x], random);
      }),
      { numRuns: 30 },
    );
  });

  test('softmax, its logarithm, and the logarithm of a sum of exponentials', () => {
    const random = normal(13);
    const x = filled([3, 5], random);
    const total = (v: Values, row: number) => sum(Array.from({ length: 5 }, (_, j) => exp(at(v, [row, j]))));
    expectGradients((t) => tf.softmax(t), (v) => computed([3, 5], ([i, j]) => exp(at(v, [i!, j!])) / total(v, i!)), [x], random);
    expectGradients((t) => tf.logSoftmax(t), (v) => computed([3, 5], ([i, j]) => at(v, [i!, j!]) - log(total(v, i!))), [x], random);
    expectGradients((t) => tf.logSumExp(t, 1), (v) => computed([3], ([i]) => log(total(v, i!))), [x], random);
  });

  test('moving: transpose, reverse, slice, padding, stacking and splitting', () => {
    const random = normal(14);
    const x = filled([2, 3, 4], random);
    expectGradients((t) => tf.transpose(t, [2, 0, 1]), (v) => computed([4, 2, 3], ([k, i, j]) => at(v, [i!, j!, k!])), [x], random);
    expectGradients((t) => tf.reverse(t, [0, 2]), (v) => computed([2, 3, 4], ([i, j, k]) => at(v, [1 - i!, j!, 3 - k!])), [x], random);
    expectGradients((t) => tf.slice(t, [0, 1, 2], [2, 1, 2]), (v) => computed([2, 1, 2], ([i, , k]) => at(v, [i!, 1, 2 + k!])), [x], random);
    expectGradients(
      (t) => tf.pad(t, [[0, 1], [1, 0], [0, 0]], 7),
      (v) => computed([3, 4, 4], ([i, j, k]) => (i! < 2 && j! > 0 ? at(v, [i!, j! - 1, k!]) : 7)),
      [x],
      random,
    );
    expectGradients((t) => tf.stack(tf.unstack(t, 1), 0), (v) => computed([3, 2, 4], ([j, i, k]) => at(v, [i!, j!, k!])), [x], random);
    expectGradients((t) => tf.concat(tf.split(t, [1, 3], 2).toReversed(), 2), (v) => computed([2, 3, 4], ([i, j, k]) => at(v, [i!, j!, (k! + 1) % 4])), [x], random);
    expectGradients((t) => tf.expandDims(tf.broadcastTo(t, [5, 2, 3, 4]), 0), (v) => computed([1, 5, 2, 3, 4], ([, , ...rest]) => at(v, rest)), [x], random);
  });

  test('gathering rows along each axis, with repetitions', () => {
    const random = normal(15);
    const indices = [2, 0, 2, 1];
    for (const axis of [0, 1, 2]) {
      expectGradients(
        (t) => tf.gather(t, tf.tensor1d(indices, 'int32'), axis),
        (v) => computed([3, 3, 3].with(axis, 4), (index) => at(v, index.with(axis, indices[index[axis]!]!))),
        [filled([3, 3, 3], random)],
        random,
      );
    }
  });

  test('space to batch and back', () => {
    const random = normal(17);
    expectGradients(
      (t) => tf.batchToSpaceND(tf.spaceToBatchND(t, [2, 2], [[0, 0], [1, 1]]), [2, 2], [[0, 0], [1, 1]]),
      (v) => v,
      [filled([2, 4, 4, 3], random)],
      random,
    );
    expectGradients(
      (t) => tf.spaceToBatchND(t, [2], [[0, 1]]),
      (v) => computed([2, 2, 2], ([n, i, c]) => (2 * i! + n! < 3 ? at(v, [0, 2 * i! + n!, c!]) : 0)),
      [filled([1, 3, 2], random)],
      random,
    );
  });

  test('local response normalization', () => {
    const random = normal(18);
    const [radius, bias, alpha, beta] = [2, 1, 0.5, 0.75];
    expectGradients(
      (t) => tf.localResponseNormalization(t as tf.Tensor4D, radius, bias, alpha, beta),
      (v) =>
        computed(v.shape, ([n, i, j, c]) => {
          let squares = 0;
          for (let k = Math.max(0, c! - radius); k <= Math.min(6, c! + radius); k++) squares += at(v, [n!, i!, j!, k]) ** 2;
          return at(v, [n!, i!, j!, c!]) / (bias + alpha * squares) ** beta;
        }),
      [filled([2, 2, 2, 7], random)],
      random,
    );
  });
});

function away(kink: number): (x: number) => number {
  return (x) => (x > kink ? x + 0.1 : x - 0.1);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The error function as its Maclaurin series. */
function erf(x: number): number {
  let [term, total] = [x, x];
  for (let n = 1; n < 60; n++) {
    term *= -(x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

function elementwise(a: Values, b: Values, operation: (a: number, b: number) => number): Values {
  const rank = Math.max(a.shape.length, b.shape.length);
  const shape = Array.from({ length: rank }, (_, axis) => Math.max(a.shape.at(axis - rank) ?? 1, b.shape.at(axis - rank) ?? 1));
  return computed(shape, (index) => operation(at(a, index), at(b, index)));
}

function reduced(x: Values, axes: readonly number[], keepDims: boolean, reduce: (all: readonly number[]) => number): Values {
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const inner = x.shape.map((size, axis) => (axes.includes(axis) ? size : 1));
  const full = computed(kept, (index) => reduce(indicesOf(inner).map((inside) => at(x, index.map((i, axis) => i + inside[axis]!)))));
  return keepDims ? full : { shape: x.shape.filter((_, axis) => !axes.includes(axis)), data: full.data };
}
