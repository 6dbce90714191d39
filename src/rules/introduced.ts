import { flattened } from './root-causes.ts';
import type { Finding, Judgement } from './types.ts';

/**
 * Marks what the code before the change had, too: at most a warning, which fails nothing.
 *
 * @param before what the same rules, with the same limits, say of the baseline, where no suspicion is followed
 */
export function withKnown(findings: readonly Finding[], before: Pick<Judgement, 'findings' | 'suspected'>): Finding[] {
  const known = new Set([...flattened(before.findings).filter(({ severity }) => severity !== 'note').map(problem), ...before.suspected.map(problem)]);
  const marked = (finding: Finding): Finding => ({
    ...finding,
    ...(known.has(problem(finding)) && finding.severity !== 'note' && { severity: 'warning', known: true }),
    explains: finding.explains.map(marked),
  });
  return findings.map(marked);
}

/** What makes two findings the same problem. Which layers it strikes may change with the layers. */
function problem({ rule, arm }: { readonly rule: string; readonly arm?: string }): string {
  return JSON.stringify([rule, arm ?? null]);
}
