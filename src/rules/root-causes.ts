import type { Site } from '../evidence/types.ts';
import type { Finding, RuleName, Severity } from './types.ts';

const COURSE = ['not-learning', 'loss-trend', 'underfitting', 'labels'] as const;
const STEPS = ['learning-rate', 'update-ratio', 'unchanged-weights'] as const;

/** What a finding of each rule, where it is serious, explains of the others. Nothing explains itself, on whatever way round. */
const EXPLAINS: Readonly<Record<RuleName, readonly RuleName[]>> = {
  'input-scale': ['std-shrinkage', 'std-explosion', 'saturation', 'dead-units', 'lost-signal', 'vanishing-gradient', 'exploding-gradient', 'non-finite', 'accuracy-delta', ...STEPS, ...COURSE],
  'output-loss': ['dead-units', 'saturation', 'lost-signal', 'vanishing-gradient', ...STEPS, ...COURSE],
  'frozen-mismatch': ['unchanged-weights', 'learning-rate', ...COURSE],
  'std-shrinkage': ['poor-initialization', 'dead-units', 'saturation', 'lost-signal', 'vanishing-gradient', ...STEPS, ...COURSE],
  'std-explosion': ['poor-initialization', 'saturation', 'dead-units', 'exploding-gradient', 'non-finite', ...STEPS, ...COURSE],
  'poor-initialization': ['dead-units', 'saturation', 'lost-signal', 'vanishing-gradient', 'exploding-gradient', 'non-finite', ...STEPS, ...COURSE],
  'dead-units': ['lost-signal', 'vanishing-gradient', 'update-ratio', 'unchanged-weights', ...COURSE],
  saturation: ['lost-signal', 'vanishing-gradient', 'update-ratio', 'unchanged-weights', ...COURSE],
  'lost-signal': ['vanishing-gradient', ...STEPS, ...COURSE],
  'vanishing-gradient': [...STEPS, ...COURSE],
  'exploding-gradient': ['non-finite', ...STEPS, ...COURSE],
  'learning-rate': ['dead-units', 'saturation', 'update-ratio', 'unchanged-weights', 'non-finite', ...COURSE],
  'update-ratio': ['non-finite', ...COURSE],
  'unchanged-weights': COURSE,
  'non-finite': ['not-learning', 'accuracy-delta', 'loss-trend', 'underfitting', 'labels'],
  'normalization-mismatch': ['accuracy-delta', 'lost-signal', ...STEPS, ...COURSE],
  'accuracy-delta': ['not-learning'],
  labels: ['overfitting'],
  'not-learning': ['loss-trend', 'underfitting'],
  'loss-trend': ['underfitting'],
  overfitting: [],
  underfitting: ['learning-rate', 'not-learning', 'loss-trend', 'labels'],
  'metric-floor': [],
  expectation: [],
  worsened: [],
};

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

/** Whether a serious finding tells already why a rule's findings come about. */
export function isExplained(rule: RuleName, findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.severity !== 'note' && !finding.isDoubt && EXPLAINS[finding.rule].includes(rule));
}

/**
 * Of several suspicions that a tried change bears out, the one whose change gains most is the cause. Where a figure is
 * beyond its limit, that is to be mended first, and what only comes near is left for then.
 */
export function likeliestDoubt(found: readonly Finding[]): Finding[] {
  const isCertain = found.some(({ isDoubt, severity, rule }) => !isDoubt && severity !== 'note' && !(COURSE as readonly RuleName[]).includes(rule));
  const findings = isCertain ? found.filter(({ isDoubt, rule }) => !isDoubt || rule === 'learning-rate') : found;
  const gainOf = ({ fix }: Finding) => fix?.tried?.gain.estimate ?? 0;
  const most = Math.max(...findings.filter(({ isDoubt }) => isDoubt).map(gainOf));
  return findings.filter((finding) => !finding.isDoubt || gainOf(finding) === most);
}

/** Gradients flow from the output to the input: what stops them lies behind where they are missing. */
const BACKWARD: ReadonlySet<RuleName> = new Set(['vanishing-gradient', 'exploding-gradient', 'unchanged-weights', 'update-ratio']);

/**
 * Puts each finding under the one that explains it, and the gravest first.
 *
 * @param sites the network: a layer explains what happens behind it, or before it where gradients are concerned
 */
export function rootCauses(findings: readonly Finding[], sites: readonly Site[] = []): Finding[] {
  const graph = new Map(sites.map((site) => [site.id, site.inputs]));
  const causes = new Map<Finding, Finding>();
  const rests = (cause: Finding | undefined, on: Finding): boolean => cause !== undefined && (cause === on || rests(causes.get(cause), on));
  for (const finding of findings) {
    // A rate can stick units at their limits, and lost signal keep a rate from mattering: the first of a circle is its root.
    const cause = findings.find((other) => other.severity !== 'note' && explains(other, finding, graph) && !rests(other, finding));
    if (cause) causes.set(finding, cause);
  }
  const causeOf = (finding: Finding) => causes.get(finding);
  const withConsequences = (finding: Finding): Finding => {
    const consequences = findings.filter((other) => causeOf(other) === finding).map(withConsequences);
    return asGraveAsWhatItExplains({ ...finding, explains: [...finding.explains, ...consequences] });
  };
  return gravestFirst(findings.filter((finding) => causeOf(finding) === undefined).map(withConsequences));
}

type Graph = ReadonlyMap<string, readonly string[]>;

function explains(cause: Finding, finding: Finding, graph: Graph): boolean {
  if (!EXPLAINS[cause.rule].includes(finding.rule)) return false;
  // Units die, or get stuck at their rails, by large updates or without any.
  if (cause.rule === 'learning-rate' && (finding.rule === 'dead-units' || finding.rule === 'saturation')) return finding.cause === 'rate';
  // Too much regularization keeps a network from learning; else it is the other way round.
  if (cause.rule === 'underfitting' && cause.cause !== 'regularization') return false;
  if (finding.rule === 'underfitting' && finding.cause === 'regularization' && (cause.rule === 'learning-rate' || cause.rule === 'not-learning' || cause.rule === 'loss-trend')) return false;
  const [from] = cause.sites;
  const [at] = finding.sites;
  if (from === undefined || at === undefined) return true;
  return BACKWARD.has(finding.rule) ? cause.sites.some((site) => isReached(site, at, graph)) || isReached(at, from, graph) : isReached(at, from, graph);
}

/** Whether what goes through one site reaches another, or they are the same. Of a site that is not known, it is assumed. */
function isReached(site: string, from: string, graph: Graph): boolean {
  if (!graph.has(site) || !graph.has(from)) return true;
  const seen = new Set<string>();
  const open = [site];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === from) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    open.push(...(graph.get(id) ?? []));
  }
  return false;
}

export function gravestFirst(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);
}

/** The findings with all that they explain, at every depth. */
export function flattened(findings: readonly Finding[]): Finding[] {
  return findings.flatMap((finding) => [finding, ...flattened(finding.explains)]);
}

/** A cause is no milder than its consequence, or folding an error away would let the check pass. */
function asGraveAsWhatItExplains(root: Finding): Finding {
  const [gravest] = gravestFirst([root, ...root.explains]);
  return { ...root, severity: gravest!.severity };
}
