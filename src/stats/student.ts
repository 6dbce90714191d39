import { logGamma } from './gamma.ts';

/**
 * Cumulative distribution function of Student's t, for real degrees of freedom.
 * P(T <= t) = 1 - I_x(df / 2, 1 / 2) / 2 with x = df / (df + t^2) for t >= 0 (Abramowitz & Stegun 26.7.1).
 */
export function studentCdf(t: number, df: number): number {
  const total = df + t * t;
  const tail = regularizedBeta(df / total, (t * t) / total, df / 2) / 2;
  return t >= 0 ? 1 - tail : tail;
}

/**
 * Quantile of Student's t: the t with P(T <= t) = p. Bisection on the distribution function, to the last bits.
 *
 * @param p in (0, 1)
 * @param df degrees of freedom, > 0
 */
export function studentQuantile(p: number, df: number): number {
  if (!(p > 0 && p < 1 && df > 0)) throw new RangeError(`There is no t quantile for p = ${p} and ${df} degrees of freedom.`);
  if (p < 0.5) return -studentQuantile(1 - p, df);
  let high = 1;
  while (studentCdf(high, df) < p) high *= 2;
  let low = 0;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return middle;
    if (studentCdf(middle, df) < p) low = middle;
    else high = middle;
  }
}

/**
 * I_x(a, 1 / 2) by its continued fraction, evaluated by Lentz's method (Numerical Recipes, 3rd edition, section 6.4).
 *
 * @param complement 1 - x, which the caller knows to more digits than the difference has where x is close to 1
 */
function regularizedBeta(x: number, complement: number, a: number): number {
  const b = 0.5;
  if (x <= 0) return 0;
  if (complement <= 0) return 1;
  const logX = complement < 0.5 ? Math.log1p(-complement) : Math.log(x);
  const front = Math.exp(logGammaStep(a) - Math.log(Math.PI) / 2 + a * logX) * Math.sqrt(complement);
  // The fraction converges fast on this side; the other one follows by symmetry.
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(complement, b, a)) / b;
}

/** ln(Gamma(a + 1/2) / Gamma(a)); for large a, where the difference would cancel, by its asymptotic series (DLMF 5.11.13). */
function logGammaStep(a: number): number {
  if (a < 100) return logGamma(a + 0.5) - logGamma(a);
  return Math.log(a) / 2 - 1 / (8 * a) + 1 / (192 * a ** 3) - 1 / (640 * a ** 5);
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = Number.MIN_VALUE / Number.EPSILON;
  const away = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const step = d * c;
    result *= step;
    if (Math.abs(step - 1) < Number.EPSILON) return result;
  }
  throw new RangeError(`The incomplete beta function did not converge at x = ${x}, a = ${a}, b = ${b}.`);
}
