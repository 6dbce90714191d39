/**
 * Classifies held-out examples by ridge regression on one-hot targets (Hoerl and Kennard 1970), solved in the space of
 * the examples, which are fewer than the features. Features are brought to mean 0 and variance 1 first, so that scale
 * and offset of a feature do not count.
 *
 * @param features one row an example
 * @param fold of each example: each fold is judged by what the others teach
 * @param penalty relative to the mean of the kernel's diagonal
 * @returns whether each example is classified right
 */
export function crossValidatedRidge(features: readonly Float32Array[], labels: ArrayLike<number>, fold: ArrayLike<number>, penalty = 0.1): boolean[] {
  const rows = standardized(features);
  const kernel = rows.map((a) => rows.map((b) => dot(a, b)));
  const classes = Math.max(...Array.from(labels)) + 1;
  const correct = new Array<boolean>(rows.length).fill(false);
  for (const held of new Set(Array.from(fold))) {
    const train = rows.flatMap((_, i) => (fold[i] === held ? [] : [i]));
    const targets = train.map((i) => Float64Array.from({ length: classes }, (_, c) => Number(labels[i] === c) - 1 / classes));
    const gram = train.map((i) => Float64Array.from(train, (j) => kernel[i]![j]! + (i === j ? penalty : 0)));
    const weights = solveSymmetric(gram, targets);
    rows.forEach((_, i) => {
      if (fold[i] !== held) return;
      const scores = Array.from({ length: classes }, (_unused, c) => train.reduce((sum, j, at) => sum + kernel[i]![j]! * weights[at]![c]!, 0));
      correct[i] = scores.indexOf(Math.max(...scores)) === labels[i];
    });
  }
  return correct;
}

/** Columns to mean 0 and variance 1, divided by the root of their number; constant and non-finite ones to 0. */
function standardized(features: readonly Float32Array[]): Float64Array[] {
  const width = features[0]?.length ?? 0;
  const rows = features.map(() => new Float64Array(width));
  for (let column = 0; column < width; column++) {
    const values = features.map((row) => row[column]!);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    if (!(std > 1e-6 * Math.abs(mean)) || !Number.isFinite(std)) continue;
    rows.forEach((row, i) => {
      row[column] = (values[i]! - mean) / std / Math.sqrt(width);
    });
  }
  return rows;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Solves for several right sides by Cholesky's decomposition; the matrix is positive definite, and is overwritten. */
function solveSymmetric(matrix: Float64Array[], right: Float64Array[]): Float64Array[] {
  const n = matrix.length;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i]![j]!;
      for (let k = 0; k < j; k++) sum -= matrix[i]![k]! * matrix[j]![k]!;
      matrix[i]![j] = i === j ? Math.sqrt(sum) : sum / matrix[j]![j]!;
    }
  }
  const solution = right.map((row) => row.slice());
  const columns = right[0]?.length ?? 0;
  for (let c = 0; c < columns; c++) {
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) solution[i]![c]! -= matrix[i]![k]! * solution[k]![c]!;
      solution[i]![c]! /= matrix[i]![i]!;
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) solution[i]![c]! -= matrix[k]![i]! * solution[k]![c]!;
      solution[i]![c]! /= matrix[i]![i]!;
    }
  }
  return solution;
}
