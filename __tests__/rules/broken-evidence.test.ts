import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEvidence, serializeEvidence } from '../../src/evidence/serialize.ts';
import type { Evidence, Moments, Observation, ReferenceGain, Run, Score } from '../../src/evidence/types.ts';
import { judge } from '../../src/rules/judge.ts';
import { flattened } from '../../src/rules/root-causes.ts';
import type { Judgement, Thresholds } from '../../src/rules/types.ts';
import { type SampleLayer, sampleReferences, sampleTrial, storyEvidence } from './evidence.ts';
import { DEFAULTS, sentences } from './shown.ts';

/** What a figure may be where training has broken down, or an extreme network has not. */
const extremes = fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, 1e-300, 1e300);
/** One figure in a few is extreme. */
const figure = fc.option(extremes, { freq: 3, nil: undefined });

interface Damage {
  readonly gain: number | undefined;
  readonly std: number | undefined;
  readonly rms: number | undefined;
  readonly loss: number | undefined;
  readonly accuracy: 0 | undefined;
  readonly reference: number | undefined;
  readonly stops: number | undefined;
  /** Which runs it strikes, as bits. */
  readonly runs: number;
  readonly judged: boolean;
}

const damages = fc.record<Damage>({
  gain: figure,
  std: figure,
  rms: figure,
  loss: figure,
  accuracy: fc.constantFrom(0, undefined),
  reference: figure,
  stops: fc.option(fc.constantFrom(0, 1, 4), { nil: undefined }),
  runs: fc.nat(2 ** 18 - 1),
  judged: fc.boolean(),
});

const layers = fc.array(
  fc.record<SampleLayer>({
    id: fc.constantFrom('dense', 'conv/1', '__proto__', 'a`b|c', '', 'loss'),
    className: fc.constantFrom('Dense', 'DepthwiseConv2D', 'SeparableConv2D'),
    relativeGain: fc.constantFrom(0, 0.001, 0.3, 0.8, 1, 40),
    relativeGainAtEnd: fc.constantFrom(0.001, 1),
    targetGain: fc.constantFrom(1, Math.SQRT2, null),
  }),
  { minLength: 1, maxLength: 5 },
);

const accuracies = fc.record({
  normalized: fc.constantFrom(0, 1 / 6, 0.5, 1),
  raw: fc.constantFrom(0, 1 / 6, 0.5, 1),
  unit: fc.constantFrom(0.3, 0.6),
});

const thresholds: fc.Arbitrary<Thresholds> = fc.record({
  stdShrinkage: fc.constantFrom(null, DEFAULTS.stdShrinkage, { warn: 0.9, fail: 0.1 }, { warn: 1, fail: null }),
  accuracyDelta: fc.constantFrom(null, DEFAULTS.accuracyDelta, { warn: 0.1, fail: 0.1 }),
  notLearning: fc.constantFrom(null, DEFAULTS.notLearning),
}).map((limits) => ({ ...DEFAULTS, ...limits }));

function damaged(evidence: Evidence, damage: Damage): Evidence {
  const moments = (m: Moments): Moments => ({ ...m, std: damage.std ?? m.std, rms: damage.rms ?? m.rms, signal: damage.std ?? m.signal, nonFinite: damage.std === undefined ? 0 : 7 });
  const observation = (o: Observation): Observation => ({
    ...o,
    x: { std: damage.std ?? o.x.std, rms: damage.rms ?? o.x.rms },
    y: moments(o.y),
    gain: o.gain === null ? null : (damage.gain ?? o.gain),
    gradient: o.gradient && moments(o.gradient),
  });
  const score = (s: Score): Score => ({ loss: damage.loss ?? s.loss, metric: damage.accuracy ?? s.metric });
  const run = (r: Run, index: number): Run =>
    ((damage.runs >> index) & 1) === 0
      ? r
      : {
          ...r,
          epochs: r.epochs.map((epoch) => ({ ...epoch, train: score(epoch.train), validation: score(epoch.validation) })),
          outcomes: damage.judged ? r.outcomes : { examples: [], scores: [] },
          observations: r.observations.filter(({ step }) => step <= (damage.stops ?? Infinity)).map(observation),
          nonFinite: damage.stops === undefined ? null : { step: damage.stops, where: 'loss' },
        };
  const reference = (r: ReferenceGain): ReferenceGain => ({ ...r, reference: damage.reference ?? r.reference, gain: damage.gain ?? r.gain, kernelStd: damage.std ?? r.kernelStd });
  return {
    ...evidence,
    runs: evidence.runs.map(run),
    confirmation: evidence.confirmation.map(run),
    trials: evidence.trials.map((trial) => ({ ...trial, runs: trial.runs.map(run) })),
    references: evidence.references.map(reference),
  };
}

/** Every number of a judgement, with the way to it. */
function numbersIn(value: unknown, path = ''): [string, number][] {
  if (typeof value === 'number') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => numbersIn(inner, `${path}.${key}`));
}

function expectSense(judgement: Judgement): void {
  for (const [path, value] of numbersIn(judgement)) expect(Number.isFinite(value), `${path} is ${value}`).toBe(true);
  for (const sentence of sentences(judgement.findings)) {
    expect(sentence.replace('a NaN or an infinity', '')).not.toMatch(/NaN|undefined|null|Infinity|∞|\[object|\d(\.\d+)?e[+-]?\d/);
    expect(sentence).toMatch(/^\S.*\.$/);
    expect(sentence).not.toMatch(/ {2}|\.\.| \.| ,/);
  }
}

describe('evidence of training that broke down', () => {
  const stories = fc.record({ layers, accuracy: accuracies, boundary: fc.boolean(), fixedValidation: fc.constantFrom(undefined, 12), damage: damages, thresholds });

  it('never crashes the judge, gives no figure that is none, and sentences that can be read', () => {
    fc.assert(
      fc.property(stories, ({ layers: drawn, accuracy, boundary, fixedValidation, damage, thresholds: limits }) => {
        const unique = drawn.filter(({ id }, index) => drawn.findIndex((other) => other.id === id) === index);
        const story = { layers: [...unique, { id: 'logits', part: 'output' as const, targetGain: 1 }], accuracy, boundary, ...(fixedValidation === undefined ? {} : { fixedValidation }) };
        const evidence: Evidence = {
          ...storyEvidence(story),
          references: sampleReferences(unique[0]!.id, { gain: 0.1, seeds: 1 }),
          trials: [sampleTrial([], story)],
          confirmation: storyEvidence({ ...story, from: 7 }).runs,
        };
        for (const failOn of ['error', 'warning', 'never'] as const) expectSense(judge(damaged(evidence, damage), limits, failOn));
      }),
      { numRuns: 60 },
    );
  });

  it('is judged the same after it was written and read', () => {
    const evidence = damaged(storyEvidence({}), { gain: Number.NaN, std: Infinity, rms: Number.NaN, loss: Number.NaN, accuracy: 0, reference: undefined, stops: 4, runs: 0b111, judged: true });
    expect(judge(parseEvidence(serializeEvidence(evidence), 'evidence.json'), DEFAULTS, 'error')).toEqual(judge(evidence, DEFAULTS, 'error'));
  });

  it('fails where all runs of arm normalized broke down', () => {
    const all: Damage = { gain: undefined, std: Number.NaN, rms: undefined, loss: Number.NaN, accuracy: 0, reference: undefined, stops: 1, runs: 2 ** 18 - 1, judged: true };
    const judgement = judge(damaged(storyEvidence({}), all), DEFAULTS, 'error');
    expect(judgement.verdict).toBe('fail');
    expect(flattened(judgement.findings).filter(({ severity }) => severity === 'error').map(({ rule }) => rule)).toEqual(['non-finite', 'not-learning']);
    expect(judgement.findings.map(({ rule, severity }) => [rule, severity])).toEqual([['non-finite', 'error'], ['non-finite', 'note'], ['non-finite', 'note']]);
  });
});
