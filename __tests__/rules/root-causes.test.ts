import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/rules/judge.ts';
import { flattened, rootCauses } from '../../src/rules/root-causes.ts';
import type { Cause, Finding, RuleName, Severity } from '../../src/rules/types.ts';
import { storyEvidence } from './evidence.ts';

function finding(rule: RuleName, severity: Severity, explains: readonly Finding[] = [], cause: Cause | null = null, sites: readonly string[] = []): Finding {
  return { rule, severity, sites, cause, what: [], why: [], fix: null, numbers: {}, explains };
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

  it('lie before what happens to the signal, and behind what happens to gradients', () => {
    const { sites } = storyEvidence({ layers: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] });
    const at = (rule: RuleName, site: string) => finding(rule, 'warning', [], 'initialization', [site]);
    const folded = (cause: Finding, other: Finding) => rootCauses([cause, other], sites).length === 1;
    expect(folded(at('dead-units', 'b'), at('lost-signal', 'c'))).toBe(true);
    expect(folded(at('dead-units', 'b'), at('lost-signal', 'a'))).toBe(false);
    expect(folded(at('dead-units', 'b'), at('vanishing-gradient', 'a'))).toBe(true);
    const branches = storyEvidence({ layers: [{ id: 'a' }, { id: 'b', inputs: ['block10_add'] }] }).sites;
    expect(rootCauses([at('dead-units', 'a'), at('vanishing-gradient', 'b')], branches)).toHaveLength(2);
  });

  it('are told by the cause where it can be either way', () => {
    expect(rootCauses([finding('learning-rate', 'warning'), finding('dead-units', 'warning', [], 'rate')])).toHaveLength(1);
    expect(rootCauses([finding('learning-rate', 'warning'), finding('dead-units', 'warning', [], 'initialization')])).toHaveLength(2);
    expect(rootCauses([finding('not-learning', 'error'), finding('underfitting', 'error', [], 'regularization')]).map(({ rule }) => rule)).toEqual(['underfitting']);
    expect(rootCauses([finding('not-learning', 'error'), finding('underfitting', 'error', [], 'rate')]).map(({ rule }) => rule)).toEqual(['not-learning']);
  });

  const rules = fc.constantFrom<RuleName>(...RULES.map(({ name }) => name));
  const causes = fc.constantFrom<Cause | null>('rate', 'regularization', 'data', null);
  const some = fc.array(fc.record({ rule: rules, severity: fc.constantFrom<Severity>('error', 'warning', 'note'), cause: causes }), { maxLength: 7 });

  it('never lose a finding, and never hide an error', () => {
    fc.assert(
      fc.property(some, (drawn) => {
        const findings = drawn.map(({ rule, severity, cause }) => finding(rule, severity, [], cause));
        const roots = rootCauses(findings);
        const rank = (severity: Severity) => ['error', 'warning', 'note'].indexOf(severity);
        expect(flattened(roots).map(({ rule }) => rule).sort()).toEqual(drawn.map(({ rule }) => rule).sort());
        expect(Math.min(...roots.map(({ severity }) => rank(severity)))).toBe(Math.min(...drawn.map(({ severity }) => rank(severity))));
        for (const root of flattened(roots)) for (const inside of flattened(root.explains)) expect(rank(root.severity)).toBeLessThanOrEqual(rank(inside.severity));
        expect(roots.map(({ severity }) => rank(severity))).toEqual(roots.map(({ severity }) => rank(severity)).sort());
      }),
      { numRuns: 3000 },
    );
  });
});
