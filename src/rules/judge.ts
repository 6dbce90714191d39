import type { Evidence } from '../evidence/types.ts';
import type { Remedy } from '../evidence/remedy.ts';
import { accuracyDelta } from './accuracy-delta.ts';
import { targetMetric } from './arms.ts';
import { changeEffect } from './change.ts';
import { deadUnits } from './dead-units.ts';
import { expectation } from './expectation.ts';
import { explodingGradient } from './exploding-gradient.ts';
import { frozenMismatch } from './frozen-mismatch.ts';
import { inputScale } from './input-scale.ts';
import { withKnown } from './introduced.ts';
import { labels } from './labels.ts';
import { worstLayer } from './layers.ts';
import { learningRate } from './learning-rate.ts';
import { lossTrend } from './loss-trend.ts';
import { lostSignal } from './lost-signal.ts';
import { metricFloor } from './metric-floor.ts';
import { nonFinite } from './non-finite.ts';
import { normalizationMismatch } from './normalization-mismatch.ts';
import { notLearning } from './not-learning.ts';
import { outputLoss } from './output-loss.ts';
import { overfitting } from './overfitting.ts';
import { poorInitialization } from './poor-initialization.ts';
import { flattened, isExplained, likeliestDoubt, rootCauses } from './root-causes.ts';
import { saturation } from './saturation.ts';
import { stdExplosion } from './std-explosion.ts';
import { stdShrinkage } from './std-shrinkage.ts';
import { subjectOf } from './subject.ts';
import type { Against, Finding, Judgement, Rule, Thresholds } from './types.ts';
import { unchangedWeights } from './unchanged-weights.ts';
import { underfitting } from './underfitting.ts';
import { updateRatio } from './update-ratio.ts';
import { vanishingGradient } from './vanishing-gradient.ts';
import { worsened } from './worsened.ts';

/** Everything that can fail a build. Of causes that are equally grave, the first one is named first. */
export const RULES: readonly Rule[] = [
  nonFinite,
  inputScale,
  outputLoss,
  frozenMismatch,
  stdShrinkage,
  stdExplosion,
  poorInitialization,
  deadUnits,
  saturation,
  lostSignal,
  vanishingGradient,
  explodingGradient,
  learningRate,
  updateRatio,
  unchangedWeights,
  normalizationMismatch,
  accuracyDelta,
  labels,
  notLearning,
  lossTrend,
  overfitting,
  underfitting,
  metricFloor,
  expectation,
  worsened,
];

/**
 * From what was measured to pass or fail. Pure: the same evidence and limits give the same judgement.
 *
 * @param against the same check without this change, where there is one
 */
export function judge(evidence: Evidence, thresholds: Thresholds, failOn: Judgement['failOn'], against: Against | null = null): Judgement {
  const figures = subjectOf(evidence, thresholds);
  const change = against && changeEffect(subjectOf(against.evidence, thresholds), figures);
  const subject = { ...figures, change };
  const { layers, arms, comparisons, trivialMetric } = subject;
  const found = likeliestDoubt(RULES.flatMap((rule) => rule.judge(subject)));
  const marked = against?.introducedOnly ? withKnown(found, judge(against.evidence, thresholds, failOn)) : found;
  const findings = rootCauses(marked, evidence.sites);
  const worst = worstLayer(layers);
  return {
    verdict: flattened(findings).some((finding) => !finding.known && fails(finding, failOn)) ? 'fail' : 'pass',
    failOn,
    findings,
    suspected: RULES.flatMap((rule) => (isExplained(rule.name, findings) ? [] : (rule.suspect?.(subject) ?? []))),
    layers,
    arms,
    comparisons,
    trivialMetric,
    targetMetric: targetMetric(evidence),
    worst: worst && { site: worst.site, shrinkage: worst.shrinkage },
    change,
  };
}

function fails({ severity }: Finding, failOn: Judgement['failOn']): boolean {
  if (failOn === 'never') return false;
  return severity === 'error' || (failOn === 'warning' && severity === 'warning');
}

/** Whether more seeds might settle a comparison. */
export function isOpen({ comparisons }: Judgement): boolean {
  return comparisons.some(({ because }) => because === 'precision');
}

/** The next fix to try of each root cause that is a warning or an error, and what is to be tried for a suspicion alone. */
export function untriedRemedies({ findings, suspected }: Judgement): Remedy[] {
  return [...findings.flatMap(({ severity, fix }) => (severity !== 'note' && fix?.remedy && !fix.tried ? [fix.remedy] : [])), ...suspected];
}

/** Arms whose benefit fell by this change, gravely enough to fail a check, and without fresh seeds that confirm it. */
export function changesToConfirm({ findings, comparisons, change, failOn }: Judgement): string[] {
  if (failOn === 'never') return [];
  const confirmed = new Set(change?.confirmed.map(({ arm }) => arm));
  const arms = flattened(findings).flatMap(({ rule, severity, arm }) => (rule === 'worsened' && severity === 'error' && arm !== undefined && !confirmed.has(arm) ? [arm] : []));
  return withReferences(arms, comparisons);
}

/** Rules that rest on a test of an arm. */
const TESTS: ReadonlySet<Finding['rule']> = new Set(['accuracy-delta', 'expectation']);

/** Arms whose comparison is grave enough to fail a check: what rests on a test has to hold on fresh seeds, too. */
export function armsToConfirm({ findings, comparisons, failOn }: Judgement): string[] {
  const grave = (finding: Finding) => fails(finding, failOn === 'never' ? 'error' : failOn);
  const arms = flattened(findings).flatMap((finding) => (TESTS.has(finding.rule) && finding.arm !== undefined && grave(finding) ? [finding.arm] : []));
  return withReferences(arms, comparisons);
}

/** What arms are compared with, and they. */
function withReferences(arms: readonly string[], comparisons: Judgement['comparisons']): string[] {
  const against = comparisons.filter(({ arm }) => arms.includes(arm)).map((comparison) => comparison.against);
  return [...new Set([...against, ...arms])];
}
