import type { Run, Trial } from '../evidence/types.ts';
import { mean, median } from '../stats/summary.ts';
import { pairedBenefit } from './comparisons.ts';
import { vitalsOf, worstLayer } from './layers.ts';
import { finalMetric, runsOf } from './learning.ts';
import type { Change, FixEffect, LayerVitals, Subject } from './types.ts';

/** What a fix did that was tried, against the runs of `normalized` with the same seeds. */
export function effectOf({ evidence, layers }: Pick<Subject, 'evidence' | 'layers'>, trial: Trial): FixEffect {
  const ours = runsOf(evidence.runs, 'normalized');
  const before: Side = { runs: ours, layers };
  const after: Side = { runs: trial.runs, layers: vitalsOf(evidence, trial.runs) };
  const changeOf = (read: (side: Side) => number | null): Change | null => {
    const [was, is] = [read(before), read(after)];
    return was === null || is === null ? null : { before: was, after: is };
  };
  const { benefit, equivalence } = pairedBenefit(evidence, trial.runs, ours);
  return {
    seeds: trial.runs.length,
    metric: { before: mean(ours.map(finalMetric)), after: mean(trial.runs.map(finalMetric)) },
    loss: changeOf(({ runs }) => finalLoss(runs)),
    shrinkage: changeOf(({ layers }) => worstLayer(layers)?.shrinkage ?? null),
    gradient: changeOf(({ layers }) => gradientRatio(layers)),
    gain: benefit,
    atLeast: equivalence.low,
  };
}

interface Side {
  readonly runs: readonly Run[];
  readonly layers: readonly LayerVitals[];
}

/** Median loss on training images at the end; null where it is not a number. */
function finalLoss(runs: readonly Run[]): number | null {
  const loss = median(runs.map(({ epochs }) => epochs.at(-1)?.train.loss ?? Number.NaN));
  return Number.isFinite(loss) ? loss : null;
}

/** Gradient of the loss by the output of the first judged layer, relative to the last; null where there are not two. */
function gradientRatio(layers: readonly LayerVitals[]): number | null {
  const gradients = layers.flatMap(({ part, gradient, relativeGain }) => (part !== 'trunk' && relativeGain !== null && gradient !== null ? [gradient] : []));
  const [first, ...others] = gradients;
  const last = others.at(-1);
  return first === undefined || last === undefined || !(last > 0) ? null : first / last;
}
