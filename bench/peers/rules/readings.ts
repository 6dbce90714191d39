/** Figures that several of the peers' rules read from evidence. */
import type { Evidence, Moments, Observation, Run } from '../../../src/evidence/types.ts';

/** Mean of |x| from the histogram of floor(log2 |x|), taking values as evenly spread within a power of two. */
export function meanMagnitude({ n, histogram }: Moments): number {
  return histogram.reduce((sum, [exponent, count]) => sum + 1.5 * 2 ** exponent * count, 0) / n;
}

/** Looks in training mode, which have gradients. */
export function trainingLooks({ observations }: Run): readonly Observation[] {
  return observations.filter(({ mode }) => mode === 'training');
}

/** Looks at layers with a kernel, up to the output, at one step. */
export function weightedAt({ sites }: Evidence, run: Run, step: number): readonly Observation[] {
  const weighted = new Set(sites.filter(({ kind }) => kind === 'weighted').map(({ id }) => id));
  return trainingLooks(run).filter((look) => look.step === step && weighted.has(look.site));
}

export function isRectified({ sites }: Evidence, { site }: Observation): boolean {
  const found = sites.find(({ id }) => id === site);
  return found !== undefined && (found.activation === 'relu' || found.activation === 'relu6') && found.kind !== 'normalization';
}


/** Whether something became NaN or infinite. */
export function isNonFinite(run: Run): boolean {
  return run.nonFinite !== null || run.observations.some(({ y, gradient }) => y.nonFinite > 0 || (gradient?.nonFinite ?? 0) > 0);
}

export function named(alarms: Readonly<Record<string, boolean>>): readonly string[] {
  return Object.keys(alarms).filter((name) => alarms[name]);
}
