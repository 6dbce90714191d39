import type { Finding, RuleName, Severity } from './types.ts';

/** What a finding of each rule, where it is serious, explains of the others. No two explain each other. */
const EXPLAINS: Readonly<Record<RuleName, readonly RuleName[]>> = {
  'non-finite': ['not-learning', 'accuracy-delta'],
  'std-shrinkage': ['not-learning'],
  'accuracy-delta': ['not-learning'],
  'not-learning': [],
};

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

/** Puts each finding under the one that explains it, and the gravest first. */
export function rootCauses(findings: readonly Finding[]): Finding[] {
  const causeOf = (finding: Finding) => findings.find(({ rule, severity }) => severity !== 'note' && EXPLAINS[rule].includes(finding.rule));
  const withConsequences = (finding: Finding): Finding => {
    const consequences = findings.filter((other) => causeOf(other) === finding).map(withConsequences);
    return asGraveAsWhatItExplains({ ...finding, explains: [...finding.explains, ...consequences] });
  };
  return gravestFirst(findings.filter((finding) => causeOf(finding) === undefined).map(withConsequences));
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
