/**
 * The fixed batch on which layers are observed: examples at even distances in the order of classes, so that each class
 * has its share. It depends on nothing but the labels: the same for every seed, arm and step.
 *
 * @param labels class of each example
 * @param size how many; all examples where there are fewer
 * @returns indices of examples, class by class
 */
export function probeBatch(labels: Int32Array, size: number): readonly number[] {
  const byClass = Array.from(labels.keys()).sort((a, b) => labels[a]! - labels[b]! || a - b);
  const count = Math.min(size, byClass.length);
  return Array.from({ length: count }, (_, position) => byClass[Math.floor(((position + 0.5) * byClass.length) / count)]!);
}
