import type { Finding, RuleName, Severity } from './types.ts';

/** What a finding of each rule, where it is serious, explains of the others. */
const EXPLAINS: Readonly<Record<RuleName, readonly RuleName[]>> = {
  'non-finite': ['not-learning', 'accuracy-delta'],
  'std-shrinkage': ['not-learning'],
  'accuracy-delta': ['not-learning'],
  'not-learning': [],
};

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

/** Puts each finding under the one that explains it, and the gravest first. */
export function rootCauses(findings: readonly Finding[]): Finding[] {
  const causeOf = (finding: Finding) =>
    findings.find((cause) => cause !== finding && cause.severity !== 'note' && EXPLAINS[cause.rule].includes(finding.rule));
  const isRoot = (finding: Finding) => causeOf(finding) === undefined;
  return findings
    .filter(isRoot)
    .map((root) => ({ ...root, explains: findings.filter((finding) => causeOf(finding) === root) }))
    .map(asGraveAsWhatItExplains)
    .sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}

/** A cause is no milder than its consequence, or folding an error away would let the check pass. */
function asGraveAsWhatItExplains(root: Finding): Finding {
  const gravest = [root, ...root.explains].reduce((a, b) => (RANK[b.severity] < RANK[a.severity] ? b : a));
  return { ...root, severity: gravest.severity };
}
