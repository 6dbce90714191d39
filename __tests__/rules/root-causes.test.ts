import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flattened, rootCauses } from '../../src/rules/root-causes.ts';
import type { Finding, RuleName, Severity } from '../../src/rules/types.ts';

function finding(rule: RuleName, severity: Severity, explains: readonly Finding[] = []): Finding {
  return { rule, severity, sites: [], cause: null, what: [], why: [], fix: null, numbers: {}, explains };
}

const outline = ({ rule, severity, explains }: Finding): unknown => (explains.length > 0 ? [rule, severity, explains.map(outline)] : [rule, severity]);

describe('root causes', () => {
  it('explain their consequences', () => {
    const found = rootCauses([finding('std-shrinkage', 'error'), finding('not-learning', 'error')]);
    expect(found.map(outline)).toEqual([['std-shrinkage', 'error', [['not-learning', 'error']]]]);
  });

  it('are as grave as what they explain', () => {
    const found = rootCauses([finding('std-shrinkage', 'warning'), finding('not-learning', 'error')]);
    expect(found.map(outline)).toEqual([['std-shrinkage', 'error', [['not-learning', 'error']]]]);
  });

  it('are no notes: what healed explains nothing', () => {
    const found = rootCauses([finding('std-shrinkage', 'note'), finding('non-finite', 'note'), finding('not-learning', 'error')]);
    expect(found.map(outline)).toEqual([['not-learning', 'error'], ['std-shrinkage', 'note'], ['non-finite', 'note']]);
  });

  it('do not explain what has nothing to do with them', () => {
    const found = rootCauses([finding('std-shrinkage', 'error'), finding('accuracy-delta', 'error')]);
    expect(found.map(outline)).toEqual([['std-shrinkage', 'error'], ['accuracy-delta', 'error']]);
  });

  it('keep what a rule folded itself', () => {
    const folded = finding('accuracy-delta', 'warning', [finding('accuracy-delta', 'error')]);
    expect(rootCauses([folded, finding('not-learning', 'note')]).map(outline)).toEqual([['accuracy-delta', 'error', [['accuracy-delta', 'error'], ['not-learning', 'note']]]]);
  });

  const rules = fc.constantFrom<RuleName>('non-finite', 'std-shrinkage', 'accuracy-delta', 'not-learning');
  const some = fc.array(fc.record({ rule: rules, severity: fc.constantFrom<Severity>('error', 'warning', 'note') }), { maxLength: 7 });

  it('never lose a finding, and never hide an error', () => {
    fc.assert(
      fc.property(some, (drawn) => {
        const findings = drawn.map(({ rule, severity }) => finding(rule, severity));
        const roots = rootCauses(findings);
        const rank = (severity: Severity) => ['error', 'warning', 'note'].indexOf(severity);
        expect(flattened(roots).map(({ rule }) => rule).sort()).toEqual(drawn.map(({ rule }) => rule).sort());
        expect(Math.min(...roots.map(({ severity }) => rank(severity)))).toBe(Math.min(...drawn.map(({ severity }) => rank(severity))));
        for (const root of flattened(roots)) for (const inside of flattened(root.explains)) expect(rank(root.severity)).toBeLessThanOrEqual(rank(inside.severity));
        expect(roots.map(({ severity }) => rank(severity))).toEqual(roots.map(({ severity }) => rank(severity)).sort());
      }),
    );
  });
});
