import { mean } from '../stats/summary.ts';
import type { Evidence, Run } from '../evidence/types.ts';

/** Normal quantile of a one-sided test at 5 %. */
const ONE_SIDED = 1.6449;

/**
 * Whether a run learned its training images: it scores more (one-sided normal test at 5 %; of accuracy, a binomial one) or
 * loses less than the best answer that never looks at an image.
 */
export function learned({ task: { trivial }, data }: Pick<Evidence, 'task' | 'data'>, run: Run): boolean {
  const final = run.epochs.at(-1);
  if (!final || run.nonFinite) return false;
  const limit = trivial.metric + ONE_SIDED * (trivial.std / Math.sqrt(data.validation.trainImages));
  return final.train.metric > limit || final.train.loss < 0.99 * trivial.loss;
}

/** Whether more than half of the runs learned. */
export function mostLearn(evidence: Pick<Evidence, 'task' | 'data'>, runs: readonly Run[]): boolean {
  return runs.filter((run) => learned(evidence, run)).length > runs.length / 2;
}

/** The runs of one arm. */
export function runsOf(runs: readonly Run[], arm: string): readonly Run[] {
  return runs.filter((run) => run.arm === arm);
}

/** The metric on held-out images at the end of a run. Where nothing was judged, nothing was right. */
export function finalMetric({ outcomes: { scores } }: Run): number {
  return scores.length === 0 ? 0 : mean(scores);
}

/** Mean of the metric on held-out images over the planned epochs, by trapezoids. A run that ended early stays where it was. */
export function areaUnderCurve({ plan }: Pick<Evidence, 'plan'>, { epochs }: Run): number {
  const at = (epoch: number) => epochs[Math.min(epoch, epochs.length - 1)]?.validation.metric ?? 0;
  return mean(Array.from({ length: plan.epochs }, (_, epoch) => (at(epoch) + at(epoch + 1)) / 2));
}
