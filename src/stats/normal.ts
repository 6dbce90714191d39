import type { Matrix } from './remembered-input.ts';

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

/** The lower triangle L with L L^T = matrix; the matrix is positive definite. */
function cholesky(matrix: Matrix): number[][] {
  const lower: number[][] = [];
  matrix.forEach((row, i) => {
    const own: number[] = [];
    for (let j = 0; j <= i; j++) {
      const sum = own.reduce((rest, value, k) => rest - value * (j === i ? value : lower[j]![k]!), row[j]!);
      own.push(i === j ? Math.sqrt(sum) : sum / lower[j]![j]!);
    }
    lower.push(own);
  });
  return lower;
}
