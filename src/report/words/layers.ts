import type { Site } from '../../evidence/types.ts';
import type { LayerVitals, Severity } from '../../rules/types.ts';
import { compact, factor, percent, scientific, signalShare } from '../numbers.ts';
import { logScale, sparkline } from '../sparkline.ts';
import type { Report } from '../types.ts';

/** The vital signs of one layer, in words. */
export interface LayerRow {
  readonly site: string;
  /** Of the gravest finding that names the layer. */
  readonly severity: Severity | null;
  /** `pretrained`, `output`, `not judged`. */
  readonly remark: string | null;
  readonly weighted: boolean;
  readonly signalLeft: string;
  readonly passesOn: string;
  readonly std: string;
  readonly relativeStd: string;
  readonly differs: string;
  readonly gradient: string;
  readonly bars: string;
}

/** The layers shown, and by what factor one bar of a sparkline differs from the next: all share one scale. */
export interface LayerTable {
  readonly rows: readonly LayerRow[];
  readonly barStep: number;
}

/** The last pretrained layer and what comes after it; every layer where nothing is pretrained. */
export function layerTable({ evidence, judgement }: Report): LayerTable {
  const shown = judgement.layers.filter(({ part, boundary }) => part !== 'trunk' || boundary);
  const scale = logScale(shown.map(({ stdBySteps }) => stdBySteps));
  const severities = severityBySite(judgement.findings);
  const sites = new Map(evidence.sites.map((site) => [site.id, site]));
  const rows = shown.map((layer): LayerRow => ({
    ...figures(layer),
    severity: severities.get(layer.site) ?? null,
    remark: remark(layer, sites.get(layer.site)),
    bars: sparkline(layer.stdBySteps, scale),
  }));
  return { rows, barStep: scale.step };
}

function figures(layer: LayerVitals): Omit<LayerRow, 'severity' | 'remark' | 'bars'> {
  const { part, boundary, shrinkage, relativeGain, relativeStd, gradient } = layer;
  const output = part === 'output';
  return {
    site: layer.site,
    weighted: relativeGain !== null,
    signalLeft: !output && shrinkage !== null ? signalShare(shrinkage) : '',
    passesOn: !output && !boundary && relativeGain !== null ? factor(relativeGain) : '',
    std: compact(layer.std),
    relativeStd: boundary || relativeStd === null ? '' : factor(relativeStd),
    differs: percent(layer.signal, 0),
    gradient: gradient === null ? (boundary ? 'frozen' : '') : scientific(gradient),
  };
}

/** Layers without weights are not judged either, but nobody would expect them to be. */
function remark({ boundary, part, judged }: LayerVitals, site: Site | undefined): string | null {
  if (boundary) return 'pretrained';
  if (part === 'output') return 'output';
  return !judged && (site?.kind === 'unjudged' || site?.kind === 'weighted') ? 'not judged' : null;
}

const GRAVITY: Readonly<Record<Severity, number>> = { error: 2, warning: 1, note: 0 };

function severityBySite(findings: Report['judgement']['findings']): ReadonlyMap<string, Severity> {
  const severities = new Map<string, Severity>();
  for (const { sites, severity } of findings) {
    for (const site of sites) {
      const known = severities.get(site);
      if (known === undefined || GRAVITY[severity] > GRAVITY[known]) severities.set(site, severity);
    }
  }
  return severities;
}
