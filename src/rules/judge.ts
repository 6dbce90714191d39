import type { Evidence } from '../evidence/types.ts';
import type { Remedy } from '../evidence/remedy.ts';
import { accuracyDelta } from './accuracy-delta.ts';
import { targetAccuracy } from './arms.ts';
import { changeEffect } from './change.ts';
import { explodingGradient } from './exploding-gradient.ts';
import { withKnown } from './introduced.ts';
import { worstLayer } from './layers.ts';
import { lostSignal } from './lost-signal.ts';
import { nonFinite } from './non-finite.ts';
import { notLearning } from './not-learning.ts';
import { flattened, rootCauses } from './root-causes.ts';
import { stdExplosion } from './std-explosion.ts';
import { stdShrinkage } from './std-shrinkage.ts';
import { subjectOf } from './subject.ts';
import type { Against, Finding, Judgement, Rule, Thresholds } from './types.ts';
import { vanishingGradient } from './vanishing-gradient.ts';
import { worsened } from './worsened.ts';

/** Everything that can fail a build. */
export const RULES: readonly Rule[] = [nonFinite, stdShrinkage, stdExplosion, lostSignal, vanishingGradient, explodingGradient, accuracyDelta, notLearning, worsened];

/**
 * From what was measured to pass or fail. Pure: the same evidence and limits give the same judgement.
 *
 * @param against the same check without this change, where there is one
 */
export function judge(evidence: Evidence, thresholds: Thresholds, failOn: Judgement['failOn'], against: Against | null = null): Judgement {
  const figures = subjectOf(evidence, thresholds);
  const change = against && changeEffect(subjectOf(against.evidence, thresholds), figures);
  const subject = { ...figures, change };
  const { layers, arms, comparisons, trivialAccuracy } = subject;
  const found = RULES.flatMap((rule) => rule.judge(subject));
  const before = against?.introducedOnly ? judge(against.evidence, thresholds, failOn).findings : [];
  const findings = rootCauses(withKnown(found, before), evidence.sites);
  const worst = worstLayer(layers);
  return {
    verdict: flattened(findings).some((finding) => !finding.known && fails(finding, failOn)) ? 'fail' : 'pass',
    failOn,
    findings,
    layers,
    arms,
    comparisons,
    trivialAccuracy,
    targetAccuracy: targetAccuracy(evidence),
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

/** The next fix to try of each root cause that is a warning or an error: what helps, or is the last one known, ends it. */
export function untriedRemedies({ findings }: Judgement): Remedy[] {
  return findings.flatMap(({ severity, fix }) => (severity !== 'note' && fix?.remedy && !fix.tried ? [fix.remedy] : []));
}

/** Arms whose benefit fell by this change, gravely enough to fail a check, and without fresh seeds that confirm it. */
export function changesToConfirm({ findings, change, failOn }: Judgement): string[] {
  if (failOn === 'never') return [];
  const confirmed = new Set(change?.confirmed.map(({ arm }) => arm));
  const arms = flattened(findings).flatMap(({ rule, severity, arm }) => (rule === 'worsened' && severity === 'error' && arm !== undefined && !confirmed.has(arm) ? [arm] : []));
  return arms.length > 0 ? ['normalized', ...arms] : [];
}

/** Arms whose comparison is grave enough to fail a check: what rests on a test has to hold on fresh seeds, too. */
export function armsToConfirm({ findings, failOn }: Judgement): string[] {
  const grave = (finding: Finding) => fails(finding, failOn === 'never' ? 'error' : failOn);
  const arms = flattened(findings).flatMap((finding) => (finding.rule === 'accuracy-delta' && finding.arm !== undefined && grave(finding) ? [finding.arm] : []));
  return arms.length > 0 ? ['normalized', ...arms] : [];
}
