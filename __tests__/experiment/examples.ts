import { randomOf } from '../../src/engine/seeding.ts';
import type { Examples } from '../../src/experiment/examples.ts';
import { learningTask } from '../../src/experiment/learning-tasks/choose.ts';
import type { Lesson, Recipe } from '../../src/experiment/training.ts';

/** Examples of noise in which each class lifts some of the values: easy to learn. Labels take turns. */
export function easyExamples(count: number, shape: readonly number[], classes = 2): Examples & { readonly labels: Int32Array } {
  const random = randomOf(0, 'examples');
  const row = shape.reduce((product, side) => product * side, 1);
  const labels = Int32Array.from({ length: count }, (_, index) => index % classes);
  const values = Float32Array.from({ length: count * row }, (_, index) => random() + (index % classes === labels[Math.floor(index / row)] ? 0.5 : 0));
  return { values, shapes: [shape], task: learningTask({ kind: 'labels', labels, classes }, 'cross-entropy'), labels };
}

export const RECIPE: Recipe = { epochs: 2, batchSize: 4, optimizer: 'sgd', learningRate: 0.1, chunk: 5 };

/** Trains on the first two thirds, looks at nothing. */
export function lessonOf(examples: Examples, more: Partial<Lesson> = {}): Lesson {
  const row = examples.shapes.flatMap((shape) => shape.reduce((product, side) => product * side, 1)).reduce((sum, size) => sum + size, 0);
  const indices = Array.from({ length: examples.values.length / row }, (_, index) => index);
  const train = indices.slice(0, Math.floor((indices.length * 2) / 3));
  return { arm: 'normalized', seed: 1, fold: 0, train, validation: indices.slice(train.length), probe: indices.slice(0, 6), observedSteps: [], ...more };
}
