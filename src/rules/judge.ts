import type { Evidence } from '../evidence/types.ts';
import type { Remedy } from '../evidence/remedy.ts';
import { accuracyDelta } from './accuracy-delta.ts';
import { targetMetric } from './arms.ts';
import { explodingGradient } from './exploding-gradient.ts';
import { worstLayer } from './layers.ts';
import { lostSignal } from './lost-signal.ts';
import { nonFinite } from './non-finite.ts';
import { notLearning } from './not-learning.ts';
import { flattened, rootCauses } from './root-causes.ts';
import { stdExplosion } from './std-explosion.ts';
import { stdShrinkage } from './std-shrinkage.ts';
import { subjectOf } from './subject.ts';
import type { Finding, Judgement, Rule, Thresholds } from './types.ts';
import { vanishingGradient } from './vanishing-gradient.ts';

/** Everything that can fail a build. */
export const RULES: readonly Rule[] = [nonFinite, stdShrinkage, stdExplosion, lostSignal, vanishingGradient, explodingGradient, accuracyDelta, notLearning];

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

/** The next fix to try of each root cause that is a warning or an error: what helps, or is the last one known, ends it. */
export function untriedRemedies({ findings }: Judgement): Remedy[] {
  return findings.flatMap(({ severity, fix }) => (severity !== 'note' && fix?.remedy && !fix.tried ? [fix.remedy] : []));
}

/** Arms whose comparison is grave enough to fail a check: what rests on a test has to hold on fresh seeds, too. */
export function armsToConfirm({ findings, comparisons, failOn }: Judgement): string[] {
  const grave = (finding: Finding) => fails(finding, failOn === 'never' ? 'error' : failOn);
  const arms = flattened(findings).flatMap((finding) => (finding.rule === 'accuracy-delta' && finding.arm !== undefined && grave(finding) ? [finding.arm] : []));
  const against = comparisons.filter(({ arm }) => arms.includes(arm)).map((comparison) => comparison.against);
  return [...new Set([...against, ...arms])];
}
