import { sizeOf, type Values } from './array.ts';

/**
 * Gradient of sum(weights * f(x)) by x from central differences of f in double precision.
 *
 * @param step half the distance between the two evaluations; f must have no kink within it
 */
export function numericGradient(f: (x: Values) => Values, x: Values, weights: Values, step = 1e-3): Float64Array {
  const objective = (data: Float64Array) => {
    const y = f({ shape: x.shape, data });
    if (y.data.length !== sizeOf(weights.shape)) throw new Error(`weights for [${y.shape.join()}] expected`);
    return y.data.reduce((sum, value, i) => sum + value * weights.data[i]!, 0);
  };
  return x.data.map((value, i) => {
    const moved = x.data.slice();
    moved[i] = value + step;
    const above = objective(moved);
    moved[i] = value - step;
    return (above - objective(moved)) / (2 * step);
  });
}
