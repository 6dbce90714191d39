/** Rows of numbers. */
export type Matrix = readonly (readonly number[])[];

/** Gauss-Jordan with pivots, rows and columns brought to size first; null where the matrix, symmetric and positive, has no inverse. */
export function inverse(matrix: Matrix): number[][] | null {
  const order = matrix.length;
  const size = matrix.map((row, index) => Math.sqrt(row[index]!));
  if (size.some((value) => !(value > 0) || !Number.isFinite(value))) return null;
  const rows = matrix.map((row, i) => [...row.map((value, j) => value / (size[i]! * size[j]!)), ...matrix.map((_, j) => Number(i === j))]);
  for (let column = 0; column < order; column++) {
    let pivot = column;
    for (let row = column + 1; row < order; row++) if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    if (!(Math.abs(rows[pivot]![column]!) >= 1e-12)) return null;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const head = rows[column]!;
    const lead = head[column]!;
    for (let j = 0; j < head.length; j++) head[j]! /= lead;
    for (const [index, row] of rows.entries()) {
      const factor = row[column]!;
      if (index !== column && factor !== 0) for (let j = 0; j < row.length; j++) row[j]! -= factor * head[j]!;
    }
  }
  return rows.map((row, i) => row.slice(order).map((value, j) => value / (size[i]! * size[j]!)));
}

export function times(matrix: Matrix, vector: readonly number[]): number[] {
  return matrix.map((row) => row.reduce((sum, value, column) => sum + value * vector[column]!, 0));
}

/** The lower triangle L with L L^T = matrix; the matrix is positive definite. */
export function cholesky(matrix: Matrix): number[][] {
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

/** ln of the determinant of a positive definite matrix. */
export function logDeterminant(matrix: Matrix): number {
  return cholesky(matrix).reduce((sum, row, i) => sum + 2 * Math.log(row[i]!), 0);
}
