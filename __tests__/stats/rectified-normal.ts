import type { FilterResponse } from '../../src/stats/filter-drift.ts';

/** Moments of max(0, z) of a normal z, in closed form: z is above 0 with probability P, has density d at 0. */
export function rectifiedNormal(mean: number, std: number): FilterResponse {
  const active = upperTail(-mean / std);
  const density = std * Math.exp(-((mean / std) ** 2) / 2) / Math.sqrt(2 * Math.PI);
  const first = mean * active + density;
  const second = (mean ** 2 + std ** 2) * active + mean * density;
  return { mean: first, variance: Math.max(second - first ** 2, 1e-300), active };
}

/** P(Z > x) of a standard normal Z: Simpson's rule on its density. */
function upperTail(x: number): number {
  if (x < 0) return 1 - upperTail(-x);
  const [steps, end] = [300, 12];
  const width = (end - x) / steps;
  if (width <= 0) return 0;
  const density = (at: number) => Math.exp(-(at * at) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(x) + density(end);
  for (let step = 1; step < steps; step++) sum += (step % 2 === 1 ? 4 : 2) * density(x + step * width);
  return (sum * width) / 3;
}
