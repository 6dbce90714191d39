import { randomOf } from '../../src/engine/seeding.ts';
import type { Examples } from '../../src/experiment/examples.ts';
import type { Lesson, Recipe } from '../../src/experiment/training.ts';

/** Examples of noise in which each class lifts some of the values: easy to learn. Labels take turns. */
export function easyExamples(count: number, shape: readonly number[], classes = 2): Examples {
  const random = randomOf(0, 'examples');
  const row = shape.reduce((product, side) => product * side, 1);
  const labels = Int32Array.from({ length: count }, (_, index) => index % classes);
  const values = Float32Array.from({ length: count * row }, (_, index) => random() + (index % classes === labels[Math.floor(index / row)] ? 0.5 : 0));
  return { values, shape, labels, classes };
}

export const RECIPE: Recipe = { epochs: 2, batchSize: 4, optimizer: 'sgd', learningRate: 0.1, chunk: 5 };

/** Trains on the first two thirds, looks at nothing. */
export function lessonOf(examples: Examples, more: Partial<Lesson> = {}): Lesson {
  const indices = [...examples.labels.keys()];
  const train = indices.slice(0, Math.floor((indices.length * 2) / 3));
  return { arm: 'normalized', seed: 1, fold: 0, train, validation: indices.slice(train.length), probe: indices.slice(0, 6), observedSteps: [], ...more };
}
