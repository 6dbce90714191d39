import { describe, expect, it } from 'vitest';
import type { EpochScore, Evidence, Run } from '../../src/evidence/types.ts';
import { summarizeArms, targetMetric } from '../../src/rules/arms.ts';
import { judge } from '../../src/rules/judge.ts';
import { sampleEvidence, storyEvidence } from './evidence.ts';
import { DEFAULTS } from './shown.ts';

const TRIVIAL = 1 / 6;

/** Four steps an epoch; a run ends right as often as its last score says. */
function runOf(arm: string, seed: number, validation: readonly number[]): Run {
  const score = (metric: number) => ({ loss: 1, metric });
  const epochs = validation.map((metric, epoch): EpochScore => ({ epoch, step: 4 * epoch, train: score(1), validation: score(metric) }));
  const right = Math.round(validation.at(-1)! * 100);
  const examples = Array.from({ length: 100 }, (_, index) => index);
  return { arm, seed, fold: null, epochs, outcomes: { examples, scores: examples.map((index) => Number(index < right)) }, observations: [], nonFinite: null, weights: '' };
}

function evidenceOf(runs: readonly Run[], seconds = 8): Evidence {
  const { plan, ...rest } = sampleEvidence();
  const arms = plan.arms.filter(({ name }) => runs.some(({ arm }) => arm === name));
  const timings = runs.map(({ arm, seed, epochs }) => ({ arm, seed, seconds, steps: epochs.at(-1)!.step }));
  return { ...rest, plan: { ...plan, arms, epochs: 4 }, runs, timing: { ...rest.timing, runs: timings } };
}

describe('the target', () => {
  it('lies 95 % of the way from the trivial predictor to the best arm', () => {
    const evidence = evidenceOf([runOf('normalized', 1, [0, 0.6]), runOf('raw', 1, [0, 0.8])]);
    expect(targetMetric(evidence)).toBeCloseTo(TRIVIAL + 0.95 * (0.8 - TRIVIAL), 12);
  });

  it('goes by what is trivial on held-out images', () => {
    const evidence = storyEvidence({ accuracy: { normalized: 0.6, raw: 0.8 }, fixedValidation: 60 });
    const skewed = { ...evidence, task: { ...evidence.task, heldOutTrivial: { metric: 0.7, std: 0.4, loss: 0.6 } } };
    expect(targetMetric(skewed)).toBeCloseTo(0.7 + 0.95 * 0.1, 12);
    expect(judge(skewed, DEFAULTS, 'never')).toMatchObject({ trivialMetric: 0.7, targetMetric: targetMetric(skewed) });
  });

  it('is no lower than the trivial predictor', () => {
    expect(targetMetric(evidenceOf([runOf('normalized', 1, [0, 0.05])]))).toBeCloseTo(TRIVIAL, 12);
  });
});

describe('an arm', () => {
  it('is the mean of its runs', () => {
    const evidence = evidenceOf([runOf('normalized', 1, [0, 0.5]), runOf('normalized', 2, [0, 0.9])]);
    expect(summarizeArms(evidence)).toMatchObject([{ arm: 'normalized', metric: 0.7, trainMetric: 1, diverged: 0 }]);
  });

  it('reaches the target in the median of its epochs, each run at its first time', () => {
    const fast = runOf('normalized', 1, [0.2, 0.8, 0.5, 0.8, 0.8]);
    const slow = runOf('normalized', 2, [0.2, 0.3, 0.4, 0.8, 0.8]);
    const slower = runOf('normalized', 3, [0.2, 0.3, 0.4, 0.5, 0.8]);
    const [arm] = summarizeArms(evidenceOf([fast, slow, slower]));
    expect(arm!.epochsToTarget).toBe(3);
    // 12 of 16 steps, in 8 seconds.
    expect(arm!.secondsToTarget).toBe(6);
  });

  it('counts runs that never arrive as later than any', () => {
    const arrives = (seed: number) => runOf('normalized', seed, [0.2, 0.9, 0.9]);
    const never = (seed: number) => runOf('normalized', seed, [0.2, 0.3, 0.3]);
    const epochs = (...runs: Run[]) => summarizeArms(evidenceOf([...runs, runOf('raw', 1, [0.2, 0.9])]))[0]!.epochsToTarget;
    expect(epochs(arrives(1), arrives(2), never(3))).toBe(1);
    expect(epochs(arrives(1), never(2), never(3))).toBeNull();
    expect(epochs(arrives(1), never(2))).toBeNull();
  });

  it('may be there before it starts', () => {
    const [arm] = summarizeArms(evidenceOf([runOf('normalized', 1, [0.8])]));
    expect(arm).toMatchObject({ epochsToTarget: 0, secondsToTarget: 0 });
  });

  it('reaches nothing where nothing learned anything', () => {
    const [arm] = summarizeArms(evidenceOf([runOf('normalized', 1, [0.9, 0.1])]));
    expect(arm).toMatchObject({ epochsToTarget: null, secondsToTarget: null });
  });

  it('has no seconds where none were taken', () => {
    const evidence = evidenceOf([runOf('normalized', 1, [0.2, 0.8])]);
    expect(summarizeArms({ ...evidence, timing: { ...evidence.timing, runs: [] } })).toMatchObject([{ epochsToTarget: 1, secondsToTarget: null }]);
  });

  it('takes its time from a diverged run as far as that one went', () => {
    const run: Run = { ...runOf('normalized', 1, [0.2, 0.8, 0.8]), nonFinite: { step: 8, where: 'loss' } };
    expect(summarizeArms(evidenceOf([run]))).toMatchObject([{ diverged: 1, epochsToTarget: 1, secondsToTarget: 4 }]);
  });

  it('keeps the order of the plan', () => {
    expect(summarizeArms(storyEvidence({})).map(({ arm }) => arm)).toEqual(['normalized', 'raw', 'unit']);
  });
});
