import { describe, expect, it } from 'vitest';
import type { Evidence, Observation } from '../../src/evidence/types.ts';
import { layerVitals, vitalsOf, worstLayer } from '../../src/rules/layers.ts';
import type { LayerVitals } from '../../src/rules/types.ts';
import { sampleEvidence, sampleMoments, type SampleLayer, storyEvidence } from './evidence.ts';

/** The evidence with each observation of arm `normalized` changed; `index` counts its seeds. */
function changing(evidence: Evidence, change: (observation: Observation, index: number) => Observation): Evidence {
  let index = -1;
  const runs = evidence.runs.map((run) => {
    if (run.arm !== 'normalized') return run;
    index++;
    return { ...run, observations: run.observations.map((observation) => change(observation, index)) };
  });
  return { ...evidence, runs };
}

function vitalsFor(evidence: Evidence, site: string): LayerVitals {
  return layerVitals(evidence).find((layer) => layer.site === site)!;
}

function judged(layers: readonly SampleLayer[]): string[] {
  return layerVitals(storyEvidence({ layers })).flatMap((layer) => (layer.judged ? [layer.site] : []));
}

const GAINS = [0.9, 0.1, 0.5, 0.7, 0.3, 0.2];

describe('the vital signs of a layer', () => {
  it('are medians over the seeds of arm normalized', () => {
    const evidence = changing(sampleEvidence(), (observation, index) => (observation.site === 'head_1' ? { ...observation, gain: GAINS[index]! * Math.SQRT2, y: sampleMoments(index + 1) } : observation));
    const head = vitalsFor(evidence, 'head_1');
    expect(head.relativeGain).toBeCloseTo(0.4, 12);
    expect(head.shrinkage).toBeCloseTo(0.4, 12);
    expect(head.std).toBe(3.5);
    expect(head.stdBySteps).toEqual([3.5, 3.5, 3.5, 3.5, 3.5, 3.5]);
  });

  it('do not look at other arms', () => {
    const evidence = sampleEvidence();
    const spoiled = evidence.runs.map((run) => (run.arm === 'normalized' ? run : { ...run, observations: [] }));
    expect(layerVitals({ ...evidence, runs: spoiled })).toEqual(layerVitals(evidence));
  });

  it('hold the trunk, which no seed and no step changes, at every step', () => {
    const trunk = vitalsFor(sampleEvidence(), 'block10_add');
    expect(trunk).toMatchObject({ std: 7.85, relativeStd: 1, shrinkage: 1, shrinkageAtEnd: 1, gradient: null, judged: false });
    expect(trunk.stdBySteps).toEqual([7.85, 7.85, 7.85, 7.85, 7.85, 7.85]);
  });

  it('measure std against that of the boundary, from there on', () => {
    const layers = layerVitals(sampleEvidence());
    const pool = layers.find(({ site }) => site === 'pool')!;
    expect(pool.relativeStd).toBeCloseTo(0.51, 12);
    expect(layers[0]).toMatchObject({ site: 'stem', relativeStd: null, shrinkage: null });
    expect(vitalsFor(storyEvidence({ boundary: false }), 'pool').relativeStd).toBeNull();
  });

  it('tell start from end', () => {
    const evidence = storyEvidence({ layers: [{ id: 'a', relativeGain: 0.1, relativeGainAtEnd: 0.8 }, { id: 'b', relativeGain: 0.5, relativeGainAtEnd: 0.5 }] });
    const b = vitalsFor(evidence, 'b');
    expect(b.shrinkage).toBeCloseTo(0.05, 12);
    expect(b.shrinkageAtEnd).toBeCloseTo(0.4, 12);
  });

  it('take S and gradient from training mode, std and signal from inference mode, at the start', () => {
    const evidence = changing(sampleEvidence(), (observation) => {
      const training = observation.mode === 'training' && observation.step === 0;
      return { ...observation, gain: observation.gain && (training ? observation.gain : 77), y: sampleMoments(training ? 77 : 2, { signal: training ? 77 : 1 }), gradient: training ? sampleMoments(0.5) : null };
    });
    expect(vitalsFor(evidence, 'head_1')).toMatchObject({ std: 2, signal: 0.5, gradient: 0.5 });
    expect(vitalsFor(evidence, 'head_1').shrinkage).toBeCloseTo(0.91, 12);
  });

  it('have no gradient where none flows', () => {
    const frozen = changing(sampleEvidence(), (observation) => ({ ...observation, gradient: null }));
    expect(vitalsFor(frozen, 'head_1').gradient).toBeNull();
  });

  it('leave out what is not a number', () => {
    const nan = sampleMoments(Number.NaN, { n: 0, nonFinite: 4096, rms: Number.NaN, signal: Number.NaN });
    const one = changing(sampleEvidence(), (observation, index) => (index === 0 ? { ...observation, gain: Number.NaN, y: nan, gradient: nan } : observation));
    const [some, none] = [vitalsFor(one, 'head_1'), vitalsFor(sampleEvidence(), 'head_1')];
    expect(some).toEqual(none);
    const all = changing(sampleEvidence(), (observation) => ({ ...observation, gain: Number.NaN, y: nan, gradient: nan }));
    expect(vitalsFor(all, 'head_1')).toMatchObject({ std: 0, relativeGain: null, shrinkage: 1, signal: 0, gradient: null, stdBySteps: [] });
  });

  it('stop where a run stopped', () => {
    const evidence = sampleEvidence();
    const short = evidence.runs.map((run) => ({ ...run, observations: run.observations.filter(({ step }) => step <= 2) }));
    expect(vitalsOf(evidence, short).find(({ site }) => site === 'head_1')!.stdBySteps).toHaveLength(3);
  });
});

describe('which layers are judged', () => {
  it('new ones that shrink or grow a signal: not the output, the trunk, pooling, or an unknown activation', () => {
    const layers: SampleLayer[] = [
      { id: 'pool', kind: 'pass' },
      { id: 'dense' },
      { id: 'odd', activation: 'custom', targetGain: null },
      { id: 'embedding', kind: 'unjudged' },
      { id: 'add', kind: 'merge' },
      { id: 'logits', part: 'output' },
    ];
    expect(judged(layers)).toEqual(['dense']);
  });

  const small: SampleLayer = { id: 'conv', className: 'Conv2D', relativeGain: 0.01 };
  const norm: SampleLayer = { id: 'norm', className: 'BatchNormalization', kind: 'normalization', trainable: true };
  const logits: SampleLayer = { id: 'logits', part: 'output' };

  it('not one whose output a normalization brings back to size', () => {
    expect(judged([small, norm, logits])).toEqual(['norm']);
    expect(judged([small, { id: 'relu', kind: 'pass' }, norm, logits])).toEqual(['norm']);
    expect(judged([small, { ...norm, className: 'LayerNormalization' }, logits])).toEqual(['norm']);
  });

  it('but one before a frozen normalization, or that something else reads as well', () => {
    expect(judged([small, { ...norm, trainable: false }, logits])).toEqual(['conv', 'norm']);
    expect(judged([small, norm, { id: 'add', kind: 'merge', inputs: ['conv', 'norm'] }, logits])).toEqual(['conv', 'norm']);
  });

  it('and one so small that its normalization cannot bring it back', () => {
    const drowned = changing(storyEvidence({ layers: [small, norm, logits] }), (observation) => (observation.site === 'norm' ? { ...observation, y: sampleMoments(0.003) } : observation));
    expect(layerVitals(drowned).flatMap((layer) => (layer.judged ? [layer.site] : []))).toEqual(['conv', 'norm']);
  });
});

describe('the worst layer', () => {
  const [sample] = layerVitals(sampleEvidence()).filter(({ site }) => site === 'head_1');
  const layer = (site: string, shrinkage: number | null, isJudged = true): LayerVitals => ({ ...sample!, site, shrinkage, judged: isJudged });

  it('is the judged one with the smallest S, the first of equals', () => {
    expect(worstLayer([layer('a', 0.5), layer('b', 0.2), layer('c', 0.2), layer('d', 0.01, false), layer('e', null)])?.site).toBe('b');
    expect(worstLayer([layer('a', 0)])?.shrinkage).toBe(0);
    expect(worstLayer([layer('a', 0.1, false)])).toBeNull();
    expect(worstLayer([])).toBeNull();
  });
});
