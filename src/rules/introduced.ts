import { flattened } from './root-causes.ts';
import type { Finding } from './types.ts';

/**
 * Marks what the code before the change had, too: at most a warning, which fails nothing.
 *
 * @param before findings of the same rules, with the same limits, on the baseline
 */
export function withKnown(findings: readonly Finding[], before: readonly Finding[]): Finding[] {
  const known = new Set(flattened(before).filter(({ severity }) => severity !== 'note').map(problem));
  const marked = (finding: Finding): Finding => ({
    ...finding,
    ...(known.has(problem(finding)) && finding.severity !== 'note' && { severity: 'warning', known: true }),
    explains: finding.explains.map(marked),
  });
  return findings.map(marked);
}

/** What makes two findings the same problem. Which layers it strikes may change with the layers. */
function problem({ rule, arm }: Finding): string {
  return JSON.stringify([rule, arm ?? null]);
}
