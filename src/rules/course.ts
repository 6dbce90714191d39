import type { Evidence, Run } from '../evidence/types.ts';
import { mean } from '../stats/summary.ts';
import { runsOf } from './learning.ts';

/** Mean over the runs of `normalized` of a score at each epoch that all of them reached. */
export function meanCourse({ runs }: Pick<Evidence, 'runs'>, read: (epoch: Run['epochs'][number]) => number): number[] {
  const ours = runsOf(runs, 'normalized');
  const epochs = Math.min(...ours.map((run) => run.epochs.length));
  if (!Number.isFinite(epochs)) return [];
  return Array.from({ length: epochs }, (_, epoch) => mean(ours.map((run) => read(run.epochs[epoch]!))));
}

/** Share of the epochs after which a course lies higher than before, by more than `least` of its whole way down. */
export function shareOfRises(course: readonly number[], least: number): number {
  const way = course[0]! - Math.min(...course);
  const rises = course.slice(1).filter((value, index) => value - course[index]! > least * Math.max(way, Number.MIN_VALUE));
  return course.length < 2 ? 0 : rises.length / (course.length - 1);
}
