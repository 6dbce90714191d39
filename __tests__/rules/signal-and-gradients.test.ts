import { describe, expect, it } from 'vitest';
import type { Evidence, Observation } from '../../src/evidence/types.ts';
import { judge } from '../../src/rules/judge.ts';
import type { Finding, Thresholds } from '../../src/rules/types.ts';
import { type SampleLayer, sampleReferences, storyEvidence } from './evidence.ts';
import { DEFAULTS, only, shown } from './shown.ts';

const LEARNS = { normalized: [0.7, 0.72, 0.74, 0.71, 0.73, 0.72] };
const LAYERS: readonly SampleLayer[] = [{ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'logits', part: 'output', activation: 'linear', targetGain: 1 }];

function changed(layers: readonly SampleLayer[], change: (observation: Observation) => Observation): Evidence {
  const evidence = storyEvidence({ layers, accuracy: LEARNS });
  return { ...evidence, runs: evidence.runs.map((run) => ({ ...run, observations: run.observations.map(change) })) };
}

function findings(evidence: Evidence, rule: keyof Thresholds): readonly Finding[] {
  return judge(evidence, only({ [rule]: DEFAULTS[rule] }), 'error').findings;
}

const last = (evidence: Evidence) => evidence.plan.observedSteps.at(-1)!;

describe('std-explosion', () => {
  const growing = (relativeGain: number, relativeGainAtEnd = relativeGain) => storyEvidence({ layers: LAYERS.map((layer) => (layer.id === 'logits' ? layer : { ...layer, relativeGain, relativeGainAtEnd })), accuracy: LEARNS });

  it('fires at the limit, at the first layer, and proposes the right initial weights', () => {
    expect(findings(growing(30 ** (1 / 3) - 0.01), 'stdExplosion')).toEqual([]);
    const evidence = { ...growing(4), references: sampleReferences('a', { gain: 5.6, kernelStd: 0.5 }) };
    const [finding] = findings(evidence, 'stdExplosion');
    expect(finding).toMatchObject({ severity: 'warning', cause: 'initialization', sites: ['a', 'b', 'c'], fix: { remedy: { change: 'kernel-initializer: he-normal', sites: ['a', 'b', 'c'] } } });
    expect(shown(finding!.what)).toBe('After `c`, the signal is 64 times as large as it should be (limit 30). 3 layers make it about × 4.0 each.');
    expect(shown(finding!.why)).toBe('Initialization. The weights of `a` have std 0.50; with 112 inputs they need 0.13.');
  });

  it('is a note where it heals', () => {
    expect(findings(growing(4, 1), 'stdExplosion')).toMatchObject([{ severity: 'note' }]);
  });
});

describe('lost-signal', () => {
  const losing = (from: string, share: number, steps: (step: number) => boolean = () => true) =>
    changed(LAYERS, (observation) => (observation.site >= from && steps(observation.step) ? { ...observation, y: { ...observation.y, signal: share * observation.y.std } } : observation));

  it('fires below the limit, at the first layer, and zeroes its biases', () => {
    expect(findings(losing('b', 0.0101), 'lostSignal')).toEqual([]);
    const [finding] = findings(losing('b', 0.0099), 'lostSignal');
    expect(finding).toMatchObject({ severity: 'warning', cause: 'initialization', sites: ['b'], fix: { remedy: { sites: ['b'], change: 'kernel-initializer: he-normal; bias-initializer: zeros', amendment: { biases: { b: 'zeros' } } } } });
  });

  it('blames the data where the last pretrained layer has lost it', () => {
    const evidence = losing('a', 0.001);
    const trunk = { normalized: evidence.trunk.normalized!.map((seen) => ({ ...seen, y: { ...seen.y, signal: 0 } })) };
    expect(findings({ ...evidence, trunk }, 'lostSignal')).toMatchObject([{ cause: 'data', sites: ['a'], fix: { remedy: null } }]);
  });

  it('is a note where it comes back', () => {
    expect(findings(losing('b', 0.001, (step) => step < 8), 'lostSignal')).toMatchObject([{ severity: 'note' }]);
  });
});

describe('the rules of the gradient', () => {
  const scaled = (share: Readonly<Record<string, number>>, layers = LAYERS, steps: (step: number) => boolean = () => true) =>
    changed(layers, (observation) => {
      const { gradient, site, step } = observation;
      return gradient && steps(step) ? { ...observation, gradient: { ...gradient, rms: gradient.rms * (share[site] ?? 1) } } : observation;
    });

  it('are silent between their limits, and fire beyond', () => {
    for (const rule of ['vanishingGradient', 'explodingGradient'] as const) expect(findings(scaled({ a: 0.0011, b: 99 }), rule)).toEqual([]);
    expect(findings(scaled({ a: 0.00099, b: 0.5 }), 'vanishingGradient')).toMatchObject([{ severity: 'warning', sites: ['a'], cause: 'initialization', fix: { remedy: { change: 'kernel-initializer: he-normal', sites: ['a', 'b', 'c'] } } }]);
    expect(findings(scaled({ a: 101, b: 2 }), 'explodingGradient')).toMatchObject([{ severity: 'warning', sites: ['a'] }]);
  });

  it('compare layers of any size', () => {
    const evidence = changed(LAYERS, (observation) => {
      const { gradient, site } = observation;
      // A map of 10000 values for each of the last layer's, each with a hundredth of the gradient.
      return gradient && site === 'a' ? { ...observation, gradient: { ...gradient, n: gradient.n * 10_000, rms: gradient.rms / 100 } } : observation;
    });
    for (const rule of ['vanishingGradient', 'explodingGradient'] as const) expect(findings(evidence, rule)).toEqual([]);
  });

  it('wait for the first updates: an output layer may start at zero', () => {
    expect(findings(scaled({ a: 0, b: 0, c: 0 }, LAYERS, (step) => step === 0), 'vanishingGradient')).toEqual([]);
  });

  it('blame activations whose slope is small', () => {
    const sigmoid = LAYERS.map((layer) => (layer.id === 'b' ? { ...layer, activation: 'sigmoid', targetGain: 1 } : layer));
    const [finding] = findings(scaled({ a: 1e-4 }, sigmoid), 'vanishingGradient');
    expect(finding).toMatchObject({ cause: 'activation', fix: { remedy: { change: 'activation: relu', sites: ['b'] } } });
  });

  it('say what heals', () => {
    const healing = storyEvidence({ layers: LAYERS, accuracy: LEARNS });
    expect(findings(scaled({ a: 1e-5 }, LAYERS, (step) => step !== last(healing)), 'vanishingGradient')).toMatchObject([{ severity: 'note' }]);
  });
});
