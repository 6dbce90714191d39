import type { Evidence, Run, Site } from '../evidence/types.ts';
import { median } from '../stats/summary.ts';
import { runsOf } from './learning.ts';
import { lastStep, lookAt } from './shrinkage.ts';

/** Updates within which a gradient has to come: an output layer that starts at zero lets none through at first. */
const SOON = 8;

export interface GradientShare {
  readonly site: Site;
  /** Norm of the gradient by the site's output, relative to that by the logits: median over seeds. */
  readonly share: number;
  readonly shareAtEnd: number | null;
}

/**
 * How much of the gradient of the loss reaches each new layer with weights, the last one left out: the norm over all
 * values and examples of the probe batch, so that maps of any size compare.
 *
 * @param pick of the shares within the first updates: the largest where too small ones are looked for
 */
export function gradientShares(evidence: Evidence, pick: (shares: readonly number[]) => number): readonly GradientShare[] {
  const { sites, plan } = evidence;
  const last = sites.findLast(({ kind, part }) => kind === 'weighted' && part !== 'trunk');
  const judged = sites.filter(({ kind, part }) => kind === 'weighted' && part === 'head');
  if (!last) return [];
  const runs = runsOf(evidence.runs, 'normalized');
  const early = plan.observedSteps.filter((step) => step <= SOON);
  return judged.flatMap((site) => {
    const of = (run: Run, step: number): number[] => {
      const [ours, theirs] = [site, last].map(({ id }) => lookAt(evidence, run, step, 'training').get(id)?.gradient);
      const share = ours && theirs ? (ours.rms * Math.sqrt(ours.n)) / (theirs.rms * Math.sqrt(theirs.n)) : Number.NaN;
      return Number.isFinite(share) ? [share] : [];
    };
    const shares = runs.flatMap((run) => {
      const seen = early.flatMap((step) => of(run, step));
      return seen.length === 0 ? [] : [pick(seen)];
    });
    const atEnd = median(runs.flatMap((run) => of(run, lastStep(run))));
    return shares.length === 0 ? [] : [{ site, share: median(shares), shareAtEnd: Number.isNaN(atEnd) ? null : atEnd }];
  });
}
