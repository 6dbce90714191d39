import { describe, expect, test } from 'vitest';
import { deviationOf, type FilterResponse, shareOf, squaredDistance, surprise, weigh } from '../../src/stats/filter-drift.ts';
import { rectifiedNormal } from './rectified-normal.ts';

const REMEMBERED = { mean: 0.7, variance: 1.3 };
const [UNIT, STEP] = [1.1, 0.8];
const of = (response: FilterResponse) => deviationOf(response, REMEMBERED, UNIT, STEP);

describe('deviationOf', () => {
  test('is mean and logarithm of the standard deviation, less what is remembered', () => {
    expect(of({ mean: 1.8, variance: 1.3 * Math.E ** 2, active: 1 }).residual).toEqual([expect.closeTo(1, 12), expect.closeTo(1, 12)]);
  });

  test.each([[-2, 1], [-0.5, 0.7], [0, 1], [1, 2], [5, 1]])('behind ReLU, a shift and a scale of z ~ N(%d, %d) count as differences tell', (mean, std) => {
    const here = rectifiedNormal(mean, std);
    const delta = 1e-4;
    const slope = (moved: (by: number) => FilterResponse) => {
      const [up, down] = [of(moved(delta)).residual, of(moved(-delta)).residual];
      return [0, 1].map((kind): unknown => expect.closeTo((up[kind]! - down[kind]!) / (2 * delta), 5));
    };
    const { byShift, byScale } = of(here);
    expect(byShift).toEqual(slope((by) => rectifiedNormal(mean + by * STEP, std)));
    expect(byScale).toEqual(slope((by) => rectifiedNormal((mean - here.mean) * Math.exp(by) + here.mean, std * Math.exp(by))));
  });
});

test('weigh turns the covariance of a drift round', () => {
  const deviation = of(rectifiedNormal(-0.3, 1));
  const drift = { shift: 0.2, scale: 0.1 };
  const { precision: [a, b, c], logDeterminant } = weigh(deviation, drift);
  const entry = (i: 0 | 1, j: 0 | 1) => drift.shift ** 2 * deviation.byShift[i] * deviation.byShift[j] + drift.scale ** 2 * deviation.byScale[i] * deviation.byScale[j] + (i === j ? [4e-4, 16e-4][i]! : 0);
  expect([a * entry(0, 0) + b * entry(1, 0), a * entry(0, 1) + b * entry(1, 1), b * entry(0, 1) + c * entry(1, 1)]).toEqual([expect.closeTo(1, 9), expect.closeTo(0, 9), expect.closeTo(1, 9)]);
  expect(Math.exp(logDeterminant)).toBeCloseTo(entry(0, 0) * entry(1, 1) - entry(0, 1) ** 2, 12);
  expect(squaredDistance([0.3, -0.2], { precision: [a, b, c], logDeterminant })).toBeCloseTo(a * 0.09 - 2 * b * 0.06 + c * 0.04, 9);
});

test('a surprise is minus the logarithm of the density of Student in two dimensions', () => {
  const weighed = { precision: [2, 0.3, 1], logDeterminant: -Math.log(2 - 0.09) } as const;
  // Of nu degrees of freedom: density (1 + d / nu)^(-(nu + 2) / 2) / (2 pi sqrt(det)), which integrates to 1.
  const [half, step] = [40, 0.1];
  let total = 0;
  for (let x = -half; x < half; x += step) for (let y = -half; y < half; y += step) total += Math.exp(-surprise(squaredDistance([x, y], weighed), weighed)) * step ** 2;
  expect(total / (2 * Math.PI)).toBeCloseTo(1, 2);
  // Its slope is the share by which a square counts.
  const at = (d: number) => surprise(d, weighed);
  expect((at(4.001) - at(3.999)) / 0.002).toBeCloseTo(shareOf(4) / 2, 6);
});
