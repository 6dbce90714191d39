import { describe, expect, it } from 'vitest';
import type { Evidence, Run, Score } from '../../src/evidence/types.ts';
import { learningTask } from '../../src/experiment/learning-tasks/choose.ts';
import { taskFacts } from '../../src/experiment/learning-tasks/task-facts.ts';
import { judge } from '../../src/rules/judge.ts';
import { finalMetric, learned, mostLearn } from '../../src/rules/learning.ts';
import type { Finding, Severity, Threshold } from '../../src/rules/types.ts';
import { sampleEvidence, storyEvidence } from './evidence.ts';
import { DEFAULTS, only, shown } from './shown.ts';

const evidence = sampleEvidence();
const [sampleRun] = evidence.runs;

/** 200 of 240 images train. */
function ending(train: Partial<Score>, overrides: Partial<Run> = {}): Run {
  const last = sampleRun!.epochs.at(-1)!;
  return { ...sampleRun!, epochs: [{ ...last, train: { loss: 99, metric: 0, ...train } }], ...overrides };
}

function withCounts(counts: readonly number[], trainImages: number): Pick<Evidence, 'data' | 'task'> {
  const labels = Int32Array.from(counts.flatMap((count, label) => new Array<number>(count).fill(label)));
  const facts = taskFacts(learningTask({ kind: 'labels', labels, classes: counts.length }, 'cross-entropy'), labels.length);
  return { task: facts, data: { ...evidence.data, counts, validation: { ...evidence.data.validation, trainImages } } };
}

describe('a run learned', () => {
  it('where it is right more often than chance would be in 1 of 20 cases', () => {
    const even = withCounts([50, 50], 100);
    // 0.5 + 1.6449 * sqrt(0.25 / 100) = 0.582; the exact binomial test rejects from 59 of 100 on (p = .044), not at 58 (p = .067).
    expect(learned(even, ending({ metric: 0.59 }))).toBe(true);
    expect(learned(even, ending({ metric: 0.58 }))).toBe(false);
    const few = withCounts([50, 50], 25);
    expect(learned(few, ending({ metric: 0.59 }))).toBe(false);
  });

  it('or where it is less surprised than the class frequencies', () => {
    expect(learned(evidence, ending({ loss: 0.989 * Math.log(6) }))).toBe(true);
    expect(learned(evidence, ending({ loss: 0.991 * Math.log(6) }))).toBe(false);
  });

  it('not by being right on rare classes, nor by overfitting nothing', () => {
    expect(learned(withCounts([90, 10], 100), ending({ metric: 0.9 }))).toBe(false);
    expect(learned(evidence, ending({ metric: 1 / 6, loss: Math.log(6) }))).toBe(false);
  });

  it('not where it met a NaN, or was never scored', () => {
    expect(learned(evidence, ending({ metric: 1, loss: 0 }, { nonFinite: { step: 3, where: 'loss' } }))).toBe(false);
    expect(learned(evidence, ending({ metric: 0, loss: Number.NaN }))).toBe(false);
    expect(learned(evidence, { ...sampleRun!, epochs: [] })).toBe(false);
  });

  it('by what it does at the end', () => {
    const [first] = sampleRun!.epochs;
    const good = { ...first!, train: { metric: 1, loss: 0 } };
    const bad = { ...first!, train: { metric: 0, loss: 99 } };
    expect(learned(evidence, { ...sampleRun!, epochs: [good, bad] })).toBe(false);
    expect(learned(evidence, { ...sampleRun!, epochs: [bad, good] })).toBe(true);
  });
});

describe('most runs learn', () => {
  it('where more than half do', () => {
    const [yes, no] = [ending({ metric: 1 }), ending({})];
    expect(mostLearn(evidence, [yes, yes, no])).toBe(true);
    expect(mostLearn(evidence, [yes, no])).toBe(false);
    expect(mostLearn(evidence, [])).toBe(false);
  });
});

describe('the metric of a run', () => {
  it('is what it got right of the held-out images; nothing where it was not judged', () => {
    expect(finalMetric({ ...sampleRun!, outcomes: { examples: [1, 2, 3, 4], scores: [1, 0, 1, 1] } })).toBe(0.75);
    expect(finalMetric({ ...sampleRun!, outcomes: { examples: [], scores: [] } })).toBe(0);
  });
});

describe('not-learning', () => {
  const stuckIn = (runs: number) => storyEvidence({ accuracy: { normalized: Array.from({ length: 6 }, (_, i) => (i < runs ? 1 / 6 : 0.7)), raw: 1 / 6 } });
  const findings = (about: Evidence, threshold: Threshold | null = DEFAULTS.notLearning): readonly Finding[] => judge(about, only({ notLearning: threshold }), 'error').findings;

  it.each<[number, Threshold, Severity | null]>([
    [0, { warn: 0.5, fail: 0.5 }, null],
    [2, { warn: 0.5, fail: 0.5 }, null],
    [3, { warn: 0.5, fail: 0.5 }, 'error'],
    [6, { warn: 0.5, fail: 0.5 }, 'error'],
    [2, { warn: 0.2, fail: 0.5 }, 'warning'],
    [1, { warn: 0.2, fail: 0.5 }, null],
    [6, { warn: 0.5, fail: null }, 'warning'],
    [6, { warn: null, fail: null }, null],
    [0, { warn: null, fail: 'on-harm' }, null],
    [1, { warn: null, fail: 'on-harm' }, 'error'],
    [3, { warn: 0.5, fail: 'on-harm' }, 'error'],
    [2, { warn: 0.5, fail: 'on-harm' }, null],
  ])('%i of 6 runs stuck, limits %j: %s', (runs, threshold, severity) => {
    expect(findings(stuckIn(runs), threshold).map((finding) => finding.severity)).toEqual(severity ? [severity] : []);
  });

  it('is silent where it is off, and on what other arms do', () => {
    expect(findings(stuckIn(6), null)).toEqual([]);
    expect(findings(stuckIn(0))).toEqual([]);
  });

  it('says how little, against what, and what to try', () => {
    const [finding] = findings(stuckIn(6));
    expect(shown(finding!.what)).toBe('6 of 6 runs learn nothing: 17 % accuracy on the images they train on, where always answering the most frequent class scores 17 %.');
    expect(shown(finding!.why)).toBe('At the end the loss is 1.8; knowing the class frequencies alone gives 1.8.');
    expect(shown(finding!.fix!.text)).toBe('Try `learning-rate: 0.0001` or `learning-rate: 0.01` under `training`, and check that images lie in the folders of their classes.');
    expect(finding!.numbers.share).toBe(1);
  });

  it('goes by the training images, however skewed a validation set is', () => {
    const story = storyEvidence({ accuracy: { normalized: 0.5 }, trainAccuracy: { normalized: 0.5 }, fixedValidation: 60 });
    const skewed = { metric: 0.79, std: 0.4, loss: 0.51 };
    const about = (task: Partial<Evidence['task']>): Evidence => ({ ...story, task: { ...story.task, ...task } });
    expect(findings(about({ heldOutTrivial: skewed }))).toEqual([]);
    const [stuck] = findings(about({ trivial: skewed, heldOutTrivial: story.task.trivial }));
    expect(shown(stuck!.what)).toContain('50 % accuracy on the images they train on, where always answering the most frequent class scores 79 %.');
    expect(stuck!.numbers).toMatchObject({ 'trivial-metric': 0.79 });
  });

  it('has words for a loss that is not a number', () => {
    const nan = stuckIn(6).runs.map((run) => ({ ...run, epochs: run.epochs.map((epoch) => ({ ...epoch, train: { loss: Number.NaN, metric: 0 } })) }));
    const [broken] = findings({ ...stuckIn(6), runs: nan });
    expect(broken).toMatchObject({ rule: 'non-finite', explains: [{ rule: 'not-learning' }] });
    expect(shown(broken!.explains[0]!.why)).toBe('At the end the loss is not a number any more; knowing the class frequencies alone gives 1.8.');
  });
});
