import type { Evidence } from '../evidence/types.ts';
import type { Remedy } from '../evidence/remedy.ts';
import { accuracyDelta } from './accuracy-delta.ts';
import { targetMetric } from './arms.ts';
import { deadUnits } from './dead-units.ts';
import { explodingGradient } from './exploding-gradient.ts';
import { frozenMismatch } from './frozen-mismatch.ts';
import { inputScale } from './input-scale.ts';
import { labels } from './labels.ts';
import { worstLayer } from './layers.ts';
import { learningRate, suspectedRates } from './learning-rate.ts';
import { lossTrend } from './loss-trend.ts';
import { lostSignal } from './lost-signal.ts';
import { nonFinite } from './non-finite.ts';
import { notLearning } from './not-learning.ts';
import { outputLoss } from './output-loss.ts';
import { overfitting } from './overfitting.ts';
import { poorInitialization } from './poor-initialization.ts';
import { flattened, isExplained, rootCauses } from './root-causes.ts';
import { saturation } from './saturation.ts';
import { stdExplosion } from './std-explosion.ts';
import { stdShrinkage } from './std-shrinkage.ts';
import { subjectOf } from './subject.ts';
import type { Finding, Judgement, Rule, Thresholds } from './types.ts';
import { unchangedWeights } from './unchanged-weights.ts';
import { underfitting } from './underfitting.ts';
import { updateRatio } from './update-ratio.ts';
import { vanishingGradient } from './vanishing-gradient.ts';

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
  accuracyDelta,
  labels,
  notLearning,
  lossTrend,
  overfitting,
  underfitting,
];

/** From what was measured to pass or fail. Pure: the same evidence and limits give the same judgement. */
export function judge(evidence: Evidence, thresholds: Thresholds, failOn: Judgement['failOn']): Judgement {
  const subject = subjectOf(evidence, thresholds);
  const { layers, arms, comparisons, trivialMetric } = subject;
  const findings = rootCauses(RULES.flatMap((rule) => rule.judge(subject)), evidence.sites);
  const worst = worstLayer(layers);
  return {
    verdict: findings.some((finding) => fails(finding, failOn)) ? 'fail' : 'pass',
    failOn,
    findings,
    suspected: isExplained('learning-rate', findings) ? [] : suspectedRates(subject),
    layers,
    arms,
    comparisons,
    trivialMetric,
    targetMetric: targetMetric(evidence),
    worst: worst && { site: worst.site, shrinkage: worst.shrinkage },
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

/** Arms whose comparison is grave enough to fail a check: what rests on a test has to hold on fresh seeds, too. */
export function armsToConfirm({ findings, comparisons, failOn }: Judgement): string[] {
  const grave = (finding: Finding) => fails(finding, failOn === 'never' ? 'error' : failOn);
  const arms = flattened(findings).flatMap((finding) => (finding.rule === 'accuracy-delta' && finding.arm !== undefined && grave(finding) ? [finding.arm] : []));
  const against = comparisons.filter(({ arm }) => arms.includes(arm)).map((comparison) => comparison.against);
  return [...new Set([...against, ...arms])];
}
