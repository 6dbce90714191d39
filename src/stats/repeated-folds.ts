import { around, type ConfidenceInterval } from './corrected-resampled-t.ts';

/** What one seed says of the examples that it held out. */
export interface HeldOut {
  readonly examples: readonly number[];
  /** One for each example. */
  readonly differences: readonly number[];
}

/**
 * Interval of the mean difference over repeated folds, where each example is judged under some of the seeds. Seeds count
 * alike, also where folds are not of the same size: least squares on a constant, weighted. Seeds and examples are both
 * drawn at random: Var(mean) = V_seeds + V_examples - V_cells, each a sum of squared sums of the weighted residuals by
 * cluster (Cameron, Gelbach & Miller 2011, Robust Inference With Multiway Clustering, Journal of Business & Economic
 * Statistics 29, eq. 2.8 for a mean), with degrees of freedom by Satterthwaite. The larger of V_seeds and
 * V_examples is the least that it may be: V_examples alone is the interval of Bayle, Bayle, Janson & Mackey (2020,
 * Cross-validation Confidence Intervals for Test Error, NeurIPS 33, eq. 3), V_seeds alone is Student's t over folds.
 *
 * How well it holds its level: docs/statistics.md#folds-seeds-and-images.
 *
 * @throws RangeError for fewer than two seeds or examples: there is no variance to see
 */
export function repeatedFolds(runs: readonly HeldOut[], level: number): ConfidenceInterval {
  const judged = runs.filter(({ examples }) => examples.length > 0);
  const estimate = meanOverSeeds(judged.map(({ differences }) => differences));
  const residuals = judged.map(({ differences }) => differences.map((value) => (value - estimate) / (judged.length * differences.length)));
  const bySeed = residuals.map((own) => own.reduce((sum, value) => sum + value, 0));
  const byExample = new Map<number, number>();
  judged.forEach(({ examples }, seed) => {
    examples.forEach((example, position) => byExample.set(example, (byExample.get(example) ?? 0) + residuals[seed]![position]!));
  });
  if (judged.length < 2 || byExample.size < 2) throw new RangeError(`${judged.length} seeds and ${byExample.size} examples have no variance to see.`);
  const parts = [bySeed, [...byExample.values()], residuals.flat()].map((sums) => ({
    variance: (sums.length / (sums.length - 1)) * sums.reduce((total, sum) => total + sum ** 2, 0),
    df: sums.length - 1,
  }));
  const [seeds, examples, rest] = parts as [Part, Part, Part];
  const sum = seeds.variance + examples.variance - rest.variance;
  const larger = seeds.variance >= examples.variance ? seeds : examples;
  // Where every example is judged once, the sum is V_seeds up to rounding.
  const isSum = sum > larger.variance * (1 + 1e-9);
  return around(estimate, Math.sqrt(isSum ? sum : larger.variance), isSum ? satterthwaite(sum, parts) : larger.df, level);
}

/** Sums are divided once for all folds of a size, so that differences which cancel leave 0 and no rounding. */
function meanOverSeeds(seeds: readonly (readonly number[])[]): number {
  const sums = new Map<number, number>();
  for (const differences of seeds) sums.set(differences.length, differences.reduce((sum, value) => sum + value, sums.get(differences.length) ?? 0));
  return [...sums].reduce((mean, [size, sum]) => mean + sum / (size * seeds.length), 0);
}

interface Part {
  readonly variance: number;
  readonly df: number;
}

function satterthwaite(sum: number, parts: readonly Part[]): number {
  return Math.max(1, sum ** 2 / parts.reduce((total, { variance, df }) => total + variance ** 2 / df, 0));
}
