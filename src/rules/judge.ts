import type { Evidence } from '../evidence/types.ts';
import { accuracyDelta } from './accuracy-delta.ts';
import { summarizeArms, targetAccuracy } from './arms.ts';
import { compareArms } from './comparisons.ts';
import { layerVitals, worstLayer } from './layers.ts';
import { trivialAccuracy } from './learning.ts';
import { nonFinite } from './non-finite.ts';
import { notLearning } from './not-learning.ts';
import { flattened, rootCauses } from './root-causes.ts';
import { stdShrinkage } from './std-shrinkage.ts';
import type { Finding, Judgement, Remedy, Rule, Thresholds } from './types.ts';

/** Everything that can fail a build. */
export const RULES: readonly Rule[] = [nonFinite, stdShrinkage, accuracyDelta, notLearning];

/** From what was measured to pass or fail. Pure: the same evidence and limits give the same judgement. */
export function judge(evidence: Evidence, thresholds: Thresholds, failOn: Judgement['failOn']): Judgement {
  const figures = {
    layers: layerVitals(evidence),
    arms: summarizeArms(evidence),
    comparisons: compareArms(evidence, evidence.runs),
    trivialAccuracy: trivialAccuracy(evidence),
  };
  const subject = { evidence, thresholds, ...figures, confirmations: compareArms(evidence, evidence.confirmation) };
  const findings = rootCauses(RULES.flatMap((rule) => rule.judge(subject)));
  const worst = worstLayer(figures.layers);
  return {
    verdict: findings.some((finding) => fails(finding, failOn)) ? 'fail' : 'pass',
    failOn,
    findings,
    ...figures,
    targetAccuracy: targetAccuracy(evidence),
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

/** Fixes of warnings and errors that can be tried, and were not yet. */
export function untriedRemedies({ findings }: Judgement): Remedy[] {
  return flattened(findings).flatMap(({ severity, fix }) => (severity !== 'note' && fix?.remedy && !fix.tried ? [fix.remedy] : []));
}

/** Arms whose comparison is grave enough to fail a check: what rests on a test has to hold on fresh seeds, too. */
export function armsToConfirm({ findings, failOn }: Judgement): string[] {
  const grave = (finding: Finding) => fails(finding, failOn === 'never' ? 'error' : failOn);
  const arms = flattened(findings).flatMap((finding) => (finding.rule === 'accuracy-delta' && finding.arm !== undefined && grave(finding) ? [finding.arm] : []));
  return arms.length > 0 ? ['normalized', ...arms] : [];
}
