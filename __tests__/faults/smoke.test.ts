import { describe, expect, it } from 'vitest';
import { BASES } from '../../bench/faults/bases.ts';
import { check, Memory, type Outcome } from '../../bench/faults/check.ts';
import { OPERATORS } from '../../bench/faults/operators.ts';
import { sources } from '../../bench/faults/sources.ts';
import { peerAlarms } from '../../bench/peers/rules/peers.ts';

const dataOf = sources(null);
const NOWHERE = { trunk: '', cache: null };

function program(base: string) {
  return BASES.find((one) => one.program.base === base)!.program;
}

async function outcome(base: string, fault?: { operator: string; strength: string }): Promise<Outcome> {
  const healthy = program(base);
  const checked = fault ? OPERATORS.find(({ name }) => name === fault.operator)!.apply(healthy)[fault.strength]! : healthy;
  return check(checked, await dataOf(checked), NOWHERE, 0, new Memory(null, ''));
}

/** Of the population of tuning alone: the other half is run for the results page only. */
describe('a slice of the fault suite', () => {
  it.each(['rarities/mlp', 'waves/dense-gelu'])('says nothing against %s', async (base) => {
    const found = await outcome(base);
    expect(found.refused).toBeNull();
    if (found.refused === null) expect(found.judgement.findings.filter(({ severity }) => severity !== 'note').map(({ rule }) => rule)).toEqual([]);
  });

  it('warns of a sound program only where a change is measured to be clearly better', async () => {
    const found = await outcome('spirals/mlp-elu');
    if (found.refused !== null) throw new Error(found.refused);
    expect(found.judgement).toMatchObject({ verdict: 'pass', findings: [{ severity: 'warning', isDoubt: true, fix: { remedy: { change: 'kernel-initializer: he-normal' } } }] });
    expect(found.judgement.findings[0]!.fix!.tried!.gain.estimate).toBeGreaterThan(found.evidence.plan.margin.points);
  });

  it.each([
    ['spirals/mlp-elu', 'zero weights', 'all'],
    ['waves/dense-gelu', 'constant data', 'all zero'],
  ])('fails %s with %s (%s)', async (base, operator, strength) => {
    const found = await outcome(base, { operator, strength });
    expect(found.refused === null && found.judgement.verdict).toBe('fail');
  });

  it('is refused where the output does not fit the loss', async () => {
    expect(await outcome('rarities/mlp', { operator: 'output activation', strength: 'sigmoid' })).toEqual({ refused: 'output-activation' });
  });

  it('shows the peers the same evidence', async () => {
    const dead = await outcome('spirals/mlp-elu', { operator: 'zero weights', strength: 'all' });
    if (dead.refused !== null) throw new Error(dead.refused);
    expect(peerAlarms(dead.evidence, dead.input)).toMatchObject({ 'SageMaker Debugger': expect.arrayContaining(['all-zero', 'vanishing-gradient']) as unknown, DeepDiagnosis: expect.arrayContaining(['numerical-error']) as unknown });
  });
});
