import { mean } from '../stats/summary.ts';
import type { Evidence, Run } from '../evidence/types.ts';

/** Normal quantile of a one-sided test at 5 %. */
const ONE_SIDED = 1.6449;

/** Share of the most frequent class: what always answering it scores. */
export function trivialAccuracy({ data }: Pick<Evidence, 'data'>): number {
  return Math.max(...data.counts) / total(data.counts);
}

/** Entropy of the class frequencies, in nats: the loss of answering with them. */
export function trivialLoss({ data }: Pick<Evidence, 'data'>): number {
  const images = total(data.counts);
  return -data.counts.reduce((sum, count) => (count === 0 ? sum : sum + (count / images) * Math.log(count / images)), 0);
}

/**
 * Whether a run learned its training images: more often right (one-sided binomial test at 5 %, by its normal
 * approximation) or less surprised than somebody who knows the class frequencies alone.
 */
export function learned(evidence: Pick<Evidence, 'data'>, run: Run): boolean {
  const final = run.epochs.at(-1);
  if (!final || run.nonFinite) return false;
  const chance = trivialAccuracy(evidence);
  const { trainImages } = evidence.data.validation;
  const limit = chance + ONE_SIDED * Math.sqrt((chance * (1 - chance)) / trainImages);
  return final.train.accuracy > limit || final.train.loss < 0.99 * trivialLoss(evidence);
}

/** Whether more than half of the runs learned. */
export function mostLearn(evidence: Pick<Evidence, 'data'>, runs: readonly Run[]): boolean {
  return runs.filter((run) => learned(evidence, run)).length > runs.length / 2;
}

/** The runs of one arm. */
export function runsOf(runs: readonly Run[], arm: string): readonly Run[] {
  return runs.filter((run) => run.arm === arm);
}

/** Validation accuracy of a run at its end. Where nothing was judged, nothing was right. */
export function finalAccuracy({ outcomes: { correct } }: Run): number {
  return correct.length === 0 ? 0 : correct.filter(Boolean).length / correct.length;
}

/** Mean validation accuracy over the planned epochs, by trapezoids. A run that ended early stays where it was. */
export function areaUnderCurve({ plan }: Pick<Evidence, 'plan'>, { epochs }: Run): number {
  const at = (epoch: number) => epochs[Math.min(epoch, epochs.length - 1)]?.validation.accuracy ?? 0;
  return mean(Array.from({ length: plan.epochs }, (_, epoch) => (at(epoch) + at(epoch + 1)) / 2));
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
