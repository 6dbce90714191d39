import { around, type ConfidenceInterval } from './corrected-resampled-t.ts';
import { mean } from './summary.ts';

/**
 * Interval of the mean of a table of differences, seeds x examples, in which both are drawn at random and crossed: it
 * holds for other seeds *and* other examples. Var(mean) = (MS_seeds + MS_examples - MS_rest) / (S E) by the expected
 * mean squares of the two-way random model without replication (Searle, Casella & McCulloch 1992, Variance Components,
 * chapter 4); degrees of freedom by Satterthwaite (1946, Biometrics Bulletin 2).
 *
 * How well it holds its level: docs/statistics.md#intervals.
 *
 * @param differences S rows (seeds) of E values (examples)
 * @throws RangeError for fewer than two of either: there is no variance to see
 */
export function crossedComponents(differences: readonly (readonly number[])[], level: number): ConfidenceInterval {
  const seeds = differences.length;
  const examples = differences[0]?.length ?? 0;
  if (seeds < 2 || examples < 2) throw new RangeError(`${seeds} seeds and ${examples} examples have no variance to see.`);
  const rowMeans = differences.map(mean);
  const columnMeans = differences[0]!.map((_, column) => mean(differences.map((row) => row[column]!)));
  const grand = mean(rowMeans);
  const meanSquareSeeds = (examples * sumOfSquares(rowMeans, grand)) / (seeds - 1);
  const meanSquareExamples = (seeds * sumOfSquares(columnMeans, grand)) / (examples - 1);
  const rest = differences.flatMap((row, seed) => row.map((value, example) => value - rowMeans[seed]! - columnMeans[example]! + grand));
  const meanSquareRest = sumOfSquares(rest, 0) / ((seeds - 1) * (examples - 1));
  const parts = [
    { value: meanSquareSeeds, df: seeds - 1 },
    { value: meanSquareExamples, df: examples - 1 },
    { value: -meanSquareRest, df: (seeds - 1) * (examples - 1) },
  ];
  const sum = parts.reduce((total, { value }) => total + value, 0);
  // A component that is estimated below zero is zero: the larger of the two mean squares is what remains.
  const pooled = Math.max(sum, meanSquareSeeds, meanSquareExamples);
  const df =
    pooled === sum
      ? satterthwaite(parts)
      : meanSquareSeeds >= meanSquareExamples
        ? seeds - 1
        : examples - 1;
  return around(grand, Math.sqrt(pooled / (seeds * examples)), df, level);
}

function satterthwaite(parts: readonly { readonly value: number; readonly df: number }[]): number {
  const sum = parts.reduce((total, { value }) => total + value, 0);
  const spread = parts.reduce((total, { value, df }) => total + value ** 2 / df, 0);
  return spread === 0 ? parts[0]!.df : Math.max(1, sum ** 2 / spread);
}

function sumOfSquares(values: readonly number[], centre: number): number {
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
}
