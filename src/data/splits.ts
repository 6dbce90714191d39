/**
 * Deals the examples out to folds so that the folds differ by at most one example, in each class and in all.
 *
 * @param labels class of each example
 * @param random uniform in [0, 1): who lands in which fold
 * @returns the fold of each example, 0 to folds - 1
 */
export function stratifiedFolds(labels: Int32Array, folds: number, random: () => number): Int32Array {
  const foldOf = new Int32Array(labels.length);
  const order = Array.from(labels.keys(), (example) => ({ example, label: labels[example]!, draw: random() }));
  // Classes one after the other, each in random order: dealing on from class to class keeps the totals even as well.
  order.sort((a, b) => a.label - b.label || a.draw - b.draw || a.example - b.example);
  order.forEach(({ example }, position) => {
    foldOf[example] = position % folds;
  });
  return foldOf;
}
