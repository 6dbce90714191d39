import type { Evidence, InitialWeights, Observation, Run, Site } from '../evidence/types.ts';
import { median } from '../stats/summary.ts';
import { runsOf } from './learning.ts';
import { lastStep, lookAt } from './shrinkage.ts';

/** Median of what is a number; null where nothing is. */
export function medianOrNull(values: readonly (number | null | undefined)[]): number | null {
  const middle = median(values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value)));
  return Number.isNaN(middle) ? null : middle;
}

/** The weights that a layer starts from in each run of `normalized`. */
export function initialOf({ runs }: Pick<Evidence, 'runs'>, site: Site): readonly InitialWeights[] {
  return runsOf(runs, 'normalized').flatMap(({ initial = [] }) => initial.filter((weights) => weights.site === site.id));
}

/** Median over the runs of `normalized` of what a look in training mode shows of a site. */
export function seenAt(evidence: Evidence, site: Site, when: 'start' | 'end', read: (observation: Observation) => number | null | undefined): number | null {
  return medianOrNull(
    runsOf(evidence.runs, 'normalized').map((run) => {
      const seen = lookAt(evidence, run, when === 'start' ? 0 : lastStep(run), 'training').get(site.id);
      return seen && read(seen);
    }),
  );
}

/** What updates did to the kernel of a layer, over the runs of `normalized`; null where none was measured. */
export function updateOf({ runs }: Pick<Evidence, 'runs'>, site: Site, reduce: (ratios: readonly number[], run: Run) => number): number | null {
  return medianOrNull(
    runsOf(runs, 'normalized').flatMap((run) => {
      const ratios = (run.updates ?? []).filter((update) => update.site === site.id).map(({ ratio }) => ratio);
      return ratios.length === 0 ? [] : [reduce(ratios, run)];
    }),
  );
}
