import { describe, expect, it } from 'vitest';
import type { Evidence, Run } from '../../src/evidence/types.ts';
import { compareArms } from '../../src/rules/comparisons.ts';
import { compareTrainingTime } from '../../src/rules/training-time.ts';
import { storyEvidence } from './evidence.ts';

const EPOCHS = 20;
const TARGET = 0.6;
const evidence = storyEvidence({ epochs: EPOCHS });

/** A run that reaches the target at an epoch; null: never. */
function arriving(seed: number, epoch: number | null): Run {
  const template = evidence.runs[0]!;
  const scoreAt = (at: number) => ({ loss: 1, metric: epoch !== null && at >= epoch ? 0.7 : 0.3 });
  const epochs = Array.from({ length: EPOCHS + 1 }, (_, at) => ({ epoch: at, step: at * 10, train: scoreAt(at), validation: scoreAt(at) }));
  return { ...template, seed, epochs };
}

function compare(arrivals: readonly (readonly [ours: number | null, theirs: number | null])[], data: Pick<Evidence, 'data'> = evidence) {
  const pairs = arrivals.map(([ours, theirs], seed) => [arriving(seed, ours), arriving(seed, theirs)] as const);
  return compareTrainingTime({ ...evidence, ...data }, pairs, TARGET);
}

describe('compareTrainingTime', () => {
  it('says how many times as long the other arm takes, by the geometric mean', () => {
    const time = compare([[2, 4], [3, 6], [4, 8], [2, 8], [4, 4], [5, 10]])!;
    expect(time.ratio.estimate).toBeCloseTo((2 * 2 * 2 * 4 * 1 * 2) ** (1 / 6), 10);
    expect(time).toMatchObject({ verdict: 'faster', censored: { normalized: 0, other: 0 } });
    expect(time.ratio.low).toBeGreaterThan(1);
  });

  it('turns around with the arms', () => {
    const arrivals = [[2, 4], [3, 6], [4, 9], [2, 8], [4, 5], [5, 10]] as const;
    const there = compare(arrivals)!;
    const back = compare(arrivals.map(([ours, theirs]) => [theirs, ours] as const))!;
    expect(back.verdict).toBe('slower');
    expect(back.p).toBe(there.p);
    expect(back.ratio.low).toBeCloseTo(1 / there.ratio.high, 10);
  });

  it('counts a run that never arrives as arriving after the last epoch, and says how many', () => {
    const time = compare([[7, null], [7, null], [7, 21], [null, null], [7, null], [7, null]])!;
    expect(time.censored).toEqual({ normalized: 1, other: 6 });
    expect(time.ratio.estimate).toBeCloseTo(3 ** (5 / 6), 10);
  });

  it('is tested at the level of the look', () => {
    const pairs = [[2, 4], [3, 5], [4, 8], [2, 8], [4, 5], [5, 10]].map(([ours, theirs], seed) => [arriving(seed, ours!), arriving(seed, theirs!)] as const);
    const [alone, first] = [0.05, 0.03125].map((alpha) => compareTrainingTime(evidence, pairs, TARGET, alpha)!.ratio);
    expect(first!.low).toBeLessThan(alone!.low);
    expect(first!.high).toBeGreaterThan(alone!.high);
  });

  it('gives half an epoch to who is there before the first', () => {
    expect(compare([[0, 1], [0, 1], [0, 1]])!.ratio.estimate).toBeCloseTo(2, 10);
  });

  it('has nothing to say where nobody arrives, or there is nothing to reach', () => {
    expect(compare([[null, null], [null, null], [null, null]])).toBeNull();
    const [pair] = [[arriving(0, 2), arriving(0, 3)] as const];
    expect(compareTrainingTime(evidence, [pair, pair], 1 / 6)).toBeNull();
  });

  it('is wider where seeds share training images', () => {
    const arrivals = [[2, 4], [3, 5], [4, 8], [2, 8], [4, 5], [5, 10]] as const;
    const fixed = storyEvidence({ epochs: EPOCHS, fixedValidation: 40 });
    expect(compare(arrivals)!.ratio.low).toBeLessThan(compare(arrivals, fixed)!.ratio.low);
  });
});

describe('the area under the curve', () => {
  it('is the mean accuracy over the epochs, and a run that ended early stays where it was', () => {
    const cut = (run: Run): Run => (run.arm === 'raw' ? { ...run, epochs: run.epochs.slice(0, 2) } : run);
    const whole = storyEvidence({ epochs: 2, accuracy: { normalized: 0.8, raw: 0.8 } });
    expect(compareArms(whole, whole.runs)[0]!.area.estimate).toBeCloseTo(0, 10);
    const [{ epochs: curve }] = whole.runs as [Run];
    const at = (epoch: number) => curve[epoch]!.validation.metric;
    const lost = 100 * ((at(1) + at(2)) / 2 - at(1)) / 2;
    expect(compareArms(whole, whole.runs.map(cut))[0]!.area.estimate).toBeCloseTo(lost, 10);
  });
});
