import { cholesky, type Matrix } from './matrix.ts';

/** ln of the density of a normal distribution of mean 0, without the powers of 2 pi, by Cholesky's decomposition. */
export function logNormal(x: readonly number[], covariance: Matrix): number {
  const factor = cholesky(covariance);
  const whitened: number[] = [];
  let log = 0;
  factor.forEach((row, i) => {
    const value = (x[i]! - whitened.reduce((sum, known, j) => sum + row[j]! * known, 0)) / row[i]!;
    whitened.push(value);
    log -= value ** 2 / 2 + Math.log(row[i]!);
  });
  return log;
}

