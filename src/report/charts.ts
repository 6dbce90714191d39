import type { LayerVitals } from '../rules/types.ts';
import type { Report } from './types.ts';

/** A chart as data, for whatever draws it. */
export type Chart = Bars | Lines;

export interface Bars {
  readonly kind: 'bars';
  readonly title: string;
  readonly bars: readonly { readonly label: string; readonly value: number }[];
}

export interface Lines {
  readonly kind: 'lines';
  readonly title: string;
  /** What x counts. */
  readonly axis: string;
  readonly lines: readonly { readonly label: string; readonly points: readonly (readonly [x: number, y: number])[] }[];
}

export type Drawable = LayerVitals & { readonly shrinkage: number };

/** The charts of a report, all in percent. What is not finite ends a chart there. */
export function chartsOf(report: Report): readonly Chart[] {
  return [signalChart(report), learningChart(report)].filter((chart) => chart !== null);
}

/** Judged layers with weights, up to the first whose share is not a number. */
export function drawableLayers(layers: readonly LayerVitals[]): readonly Drawable[] {
  const weighted = layers.filter((layer): layer is Drawable => layer.judged && layer.relativeGain !== null && layer.shrinkage !== null);
  const broken = weighted.findIndex(({ shrinkage }) => !Number.isFinite(shrinkage));
  return broken === -1 ? weighted : weighted.slice(0, broken);
}

function signalChart({ evidence, judgement }: Report): Bars | null {
  const layers = drawableLayers(judgement.layers);
  if (layers.length === 0) return null;
  const start = { label: evidence.model.boundary ?? 'input', value: 100 };
  return {
    kind: 'bars',
    title: 'Signal left after each layer, in %',
    bars: [start, ...layers.map(({ site, shrinkage }) => ({ label: site, value: 100 * shrinkage }))],
  };
}

/** Mean of the metric over the runs of each arm that reach the epoch. */
function learningChart({ evidence: { plan, runs, task } }: Report): Lines | null {
  const lines = plan.arms.map(({ name }) => {
    const own = runs.filter(({ arm }) => arm === name);
    const points = Array.from({ length: plan.epochs + 1 }, (_, epoch) => {
      const scores = own.flatMap(({ epochs }) => epochs.filter((score) => score.epoch === epoch).map(({ validation }) => validation.metric));
      return [epoch, (100 * scores.reduce((sum, score) => sum + score, 0)) / scores.length] as const;
    });
    const end = points.findIndex(([, score]) => !Number.isFinite(score));
    return { label: name, points: end === -1 ? points : points.slice(0, end) };
  });
  const drawn = lines.filter(({ points }) => points.length > 1);
  return drawn.length === 0 ? null : { kind: 'lines', title: `${task.metric.replace(/^a/, 'A')} on held-out images, in %`, axis: 'epoch', lines: drawn };
}
