import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Evidence } from '../../src/evidence/types.ts';
import { changesToConfirm, judge } from '../../src/rules/judge.ts';
import type { Against, Finding, Judgement, Thresholds } from '../../src/rules/types.ts';
import { sampleEvidence, type SampleLayer, storyEvidence, VANISHING, vanishingEvidence } from './evidence.ts';
import { DEFAULTS, only, shown } from './shown.ts';

const HEALTHY: readonly SampleLayer[] = [
  { id: 'pool', className: 'GlobalAveragePooling2D', kind: 'pass', ratio: 0.51 },
  { id: 'head_1', relativeGain: 0.9 },
  { id: 'head_2', relativeGain: 0.8 },
  { id: 'logits', part: 'output', activation: 'softmax', targetGain: 1, relativeGain: 0.6 },
];

function judged(before: Evidence, after: Evidence, thresholds: Thresholds = only({}), more: Partial<Against & Pick<Judgement, 'failOn'>> = {}): Judgement {
  const { failOn = 'error', introducedOnly = false } = more;
  return judge(after, thresholds, failOn, { evidence: before, introducedOnly });
}

const change = (before: Evidence, after: Evidence) => judged(before, after).change!;

describe('what a change did', () => {
  test('is nothing where nothing changed, and the same evidence is left alone', () => {
    const evidence = sampleEvidence();
    const effect = change(evidence, structuredClone(evidence));
    expect(effect).toMatchObject({ identical: true, sameImages: true, newArms: [], goneArms: [], newLayers: [], goneLayers: [], confirmed: [] });
    for (const { difference, before, after } of effect.arms) expect([difference, before]).toEqual([{ estimate: 0, low: 0, high: 0 }, after]);
    for (const { moved } of effect.benefits) expect(moved).toEqual({ estimate: 0, low: 0, high: 0 });
    for (const { shrinkage, relativeGain, signal, gradient } of effect.layers) for (const { before, after } of [shrinkage, relativeGain, signal, gradient]) expect(after).toBe(before);
    expect(judge(evidence, DEFAULTS, 'error').change).toBeNull();
  });

  test('is paired by seed: what differs between seeds on both sides widens nothing', () => {
    const before = storyEvidence({ accuracy: { normalized: [0.5, 0.7, 0.6, 0.8, 0.55, 0.65], raw: 0.5 }, perClass: 60 });
    const after = storyEvidence({ accuracy: { normalized: [0.6, 0.8, 0.7, 0.9, 0.65, 0.75], raw: 0.5 }, perClass: 60 });
    const { identical, arms, benefits } = change(before, after);
    expect(identical).toBe(false);
    const [normalized, raw] = arms;
    expect(normalized!.difference.estimate).toBeCloseTo(10, 10);
    // One image in ten changes: 2 t sqrt(.1 * .9 / 360). Unpaired, seeds that differ by 30 points would make it five times as wide.
    expect(normalized!.difference.high - normalized!.difference.low).toBeCloseTo(6.2, 1);
    expect(raw!.difference).toEqual({ estimate: 0, low: 0, high: 0 });
    expect(benefits).toHaveLength(1);
    expect(benefits[0]!.after - benefits[0]!.before).toBeCloseTo(10, 10);
    expect(benefits[0]!.moved.estimate).toBeCloseTo(10, 10);
  });

  test('is no difference of rounding, where the two sides may differ by that', () => {
    const native = (threads: number): Evidence['environment'] => ({ ...sampleEvidence().environment, backend: 'native', native: { tensorflow: '2.21.0', threads, instructionSet: 'AVX2', gpu: false } });
    const with_ = (gain: number, threads: number) => ({ ...storyEvidence({ layers: HEALTHY.map((layer) => (layer.id === 'head_1' ? { ...layer, relativeGain: 0.9 * gain } : layer)) }), environment: native(threads) });
    const gainOf = ({ layers }: ReturnType<typeof change>) => layers.find(({ site }) => site === 'head_1')!.relativeGain;

    const rounded = change(with_(1, 1), with_(1.00001, 4));
    expect(rounded.rounding).toEqual({ tolerance: 1e-4, why: 'threads for an operation 1 and 4' });
    expect(gainOf(rounded).after).toBe(gainOf(rounded).before);
    const moved = change(with_(1, 1), with_(1.01, 4));
    expect(gainOf(moved).after).not.toBe(gainOf(moved).before);
    // What computes alike gives the same bits: then this is a difference.
    const alike = change(with_(1, 1), with_(1.00001, 1));
    expect(alike.rounding).toBeNull();
    expect(gainOf(alike).after).not.toBe(gainOf(alike).before);
  });

  test('does not depend on the order in which the fields of evidence stand', () => {
    const reordered = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reordered);
      return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).reverse().map(([key, inner]) => [key, reordered(inner)])) : value;
    };
    expect(change(sampleEvidence(), reordered(sampleEvidence()) as Evidence).identical).toBe(true);
  });

  test('is counted on the seeds and inputs that both sides have', () => {
    const before = storyEvidence({ seeds: 4, accuracy: { normalized: 0.5, unit: 0.4 } });
    const after = storyEvidence({ seeds: 6, accuracy: { normalized: 0.7, raw: 0.4 } });
    const effect = change(before, after);
    expect(effect.arms).toMatchObject([{ arm: 'normalized', seeds: 4 }]);
    expect(effect).toMatchObject({ benefits: [], newArms: ['raw'], goneArms: ['unit'] });
  });

  test('on other images is not a matter of pairs of images', () => {
    const story = { accuracy: { normalized: 0.5 } };
    const effect = change(storyEvidence({ ...story, fixedValidation: 60 }), storyEvidence({ accuracy: { normalized: 0.75 }, fixedValidation: 40 }));
    expect(effect.sameImages).toBe(false);
    expect(effect.arms[0]!.difference.estimate).toBeCloseTo(25, 8);
  });

  test.each([['other', 'b', false], ['the same', 'a', true]])('with %s answers for as many images says so', (_, answers, same) => {
    const story = storyEvidence({ accuracy: { normalized: 0.5 } });
    const labelled = (by: string): Evidence => ({ ...story, data: { ...story.data, answers: by } });
    expect(change(labelled('a'), labelled(answers)).sameImages).toBe(same);
  });

  test('compares no scores of different metrics', () => {
    const story = (normalized: number, raw: number) => ({ ...storyEvidence({ accuracy: { normalized, raw } }), confirmation: storyEvidence({ accuracy: { normalized, raw }, from: 100 }).runs });
    const [before, after] = [story(0.6, 0.5), story(0.9, 0.5)];
    const masks: Evidence = { ...before, task: { ...before.task, kind: 'segmentation', metric: 'mIoU' } };
    const effect = change(masks, after);
    expect(effect).toMatchObject({ otherMetric: 'mIoU', arms: [], benefits: [], confirmed: [], newArms: [], goneArms: [] });
    expect(effect.layers).toHaveLength(4);
    const alike = change(before, after);
    expect(alike).not.toHaveProperty('otherMetric');
    expect([alike.arms.length, alike.benefits.length, alike.confirmed.length]).toEqual([2, 1, 1]);
    expect(judged(masks, story(0.5, 0.9), only({ accuracyDelta: { warn: 100, fail: null, worsenedBy: 5 } })).findings).toEqual([]);
  });

  test('turns its sign around when the sides do', () => {
    const accuracies = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(accuracies, accuracies, (one, other) => {
        const [a, b] = [one, other].map((normalized) => storyEvidence({ accuracy: { normalized, raw: 0.5 } }));
        const [there, back] = [change(a!, b!), change(b!, a!)];
        expect(there.arms[0]!.difference.estimate).toBeCloseTo(-back.arms[0]!.difference.estimate, 8);
        expect(there.arms[0]!.difference.low).toBeCloseTo(-back.arms[0]!.difference.high, 8);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a layer', () => {
  const layersOf = (before: readonly SampleLayer[], after: readonly SampleLayer[]) => change(storyEvidence({ layers: before }), storyEvidence({ layers: after }));
  const renamed = HEALTHY.map((layer) => ({ ...layer, id: layer.id.replace('head', 'block') }));

  test('under another name is the same layer', () => {
    const { layers, newLayers, goneLayers, identical } = layersOf(HEALTHY, renamed);
    expect(layers.map(({ was, site }) => [was, site])).toEqual([['block10_add', 'block10_add'], ['pool', 'pool'], ['head_1', 'block_1'], ['head_2', 'block_2'], ['logits', 'logits']]);
    expect([newLayers, goneLayers, identical]).toEqual([[], [], false]);
    for (const { shrinkage } of layers) expect(shrinkage.after).toBe(shrinkage.before);
  });

  test.each([1, 2, 3])('that is put in at place %i is the new one, whatever the others are called', (at) => {
    const inserted = [...HEALTHY.slice(0, at), { id: 'extra', relativeGain: 0.5 }, ...HEALTHY.slice(at)];
    expect(layersOf(HEALTHY, inserted)).toMatchObject({ newLayers: ['extra'], goneLayers: [] });
    expect(layersOf(inserted, HEALTHY)).toMatchObject({ newLayers: [], goneLayers: ['extra'] });
  });

  test('of another kind is another layer', () => {
    const convolution = HEALTHY.map((layer) => (layer.id === 'head_1' ? { ...layer, className: 'Conv2D' } : layer));
    expect(layersOf(HEALTHY, convolution)).toMatchObject({ newLayers: ['head_1'], goneLayers: ['head_1'] });
  });

  test('has its figures before and after', () => {
    const weaker = HEALTHY.map((layer) => (layer.id === 'head_1' ? { ...layer, relativeGain: 0.3 } : layer));
    const { layers } = layersOf(HEALTHY, weaker);
    const found = layers.find(({ site }) => site === 'head_2')!;
    expect(found.shrinkage.before).toBeCloseTo(0.72, 10);
    expect(found.shrinkage.after).toBeCloseTo(0.24, 10);
    expect(found.relativeGain.after).toBe(found.relativeGain.before);
  });
});

describe('worsened', () => {
  const shrinkage = (worsenedBy?: number) => only({ stdShrinkage: { warn: null, fail: null, ...(worsenedBy !== undefined && { worsenedBy }) } });
  const story = (relativeGain: number, id = 'head_1') => storyEvidence({ layers: [{ id, relativeGain }, { id: 'logits', part: 'output', relativeGain: 0.6 }] });

  test.each([
    [0.5, 0.8, 0.41, null],
    [0.5, 0.8, 0.39, 'error'],
    [0.1, 0.8, 0.71, 'error'],
    [0.5, 0.8, 0.9, null],
    [undefined, 0.8, 0.001, null],
  ] as const)('by %s: signal from %f to %f is %s', (limit, before, after, severity) => {
    const { findings, verdict } = judged(story(before), story(after), shrinkage(limit));
    expect(findings.map((finding) => [finding.rule, finding.severity, finding.sites])).toEqual(severity ? [['worsened', severity, ['head_1']]] : []);
    expect(verdict).toBe(severity ? 'fail' : 'pass');
  });

  test('knows a layer by its place, and holds a new one against what was weakest', () => {
    expect(judged(story(0.8), story(0.3, 'other_name'), shrinkage(0.5)).findings).toMatchObject([{ sites: ['other_name'] }]);
    const longer = storyEvidence({ layers: [{ id: 'head_1', relativeGain: 0.8 }, { id: 'head_2', relativeGain: 0.2 }, { id: 'logits', part: 'output', relativeGain: 0.6 }] });
    expect(judged(story(0.8), longer, shrinkage(0.5)).findings).toMatchObject([{ rule: 'worsened', sites: ['head_2'] }]);
    expect(judged(story(0.8), longer, shrinkage(0.9)).findings).toEqual([]);
  });

  test('says nothing without a baseline', () => {
    expect(judge(story(0.001), shrinkage(0.5), 'error').findings).toEqual([]);
  });

  const benefit = only({ accuracyDelta: { warn: 100, fail: null, worsenedBy: 5 } });
  const gap = (points: number, more: object = {}) =>
    storyEvidence({ perClass: 60, accuracy: { normalized: [0.7, 0.72, 0.71, 0.73, 0.69, 0.72].map((value) => value + points / 100), raw: [0.7, 0.72, 0.7, 0.73, 0.7, 0.72] }, ...more });

  test('benefit of normalization that fell by more than the limit fails, once fresh seeds confirm it', () => {
    const [before, after] = [gap(20), gap(8)];
    const first = judged(before, after, benefit);
    expect(first.findings).toMatchObject([{ rule: 'worsened', severity: 'error', arm: 'raw' }]);
    expect(changesToConfirm(first)).toEqual(['normalized', 'raw']);
    expect(shown(first.findings[0]!.what)).toMatch(/brought \+20\.\d points before this change and brings \+8\.\d now: 1[12]\.\d points less \(limit 5\)/);

    const again = (evidence: Evidence, points: number): Evidence => ({ ...evidence, confirmation: gap(points, { from: 100 }).runs });
    const confirmed = judged(again(before, 20), again(after, 8), benefit);
    expect(confirmed.verdict).toBe('fail');
    expect(changesToConfirm(confirmed)).toEqual([]);
    const refuted = judged(again(before, 20), again(after, 20), benefit);
    expect(refuted).toMatchObject({ verdict: 'pass', findings: [{ severity: 'note' }] });
    expect(changesToConfirm(judged(before, after, benefit, { failOn: 'never' }))).toEqual([]);
  });

  test('benefit that rose, or fell less, is nothing', () => {
    expect(judged(gap(8), gap(20), benefit).findings).toEqual([]);
    expect(judged(gap(12), gap(8), benefit).findings).toEqual([]);
  });

  test('more runs that learn nothing', () => {
    const stuck = only({ notLearning: { warn: null, fail: null, worsenedBy: 0.5 } });
    const dead = storyEvidence({ accuracy: { normalized: 1 / 6 }, trainAccuracy: { normalized: 1 / 6 } });
    const half = storyEvidence({ accuracy: { normalized: 1 / 6 }, trainAccuracy: { normalized: [1 / 6, 0.9, 0.9, 0.9, 1 / 6, 0.9] } });
    const alive = storyEvidence({ accuracy: { normalized: 0.7 } });
    expect(judged(alive, dead, stuck).findings).toMatchObject([{ rule: 'worsened', severity: 'error' }]);
    expect(judged(alive, half, stuck).findings).toEqual([]);
    expect(judged(dead, alive, stuck).findings).toEqual([]);
  });
});

describe('judge: introduced', () => {
  const flat = (findings: readonly Finding[]): Finding[] => findings.flatMap((finding) => [finding, ...flat(finding.explains)]);

  test('what was there before is a warning, and fails nothing', () => {
    const [before, after] = [vanishingEvidence(), vanishingEvidence()];
    expect(judged(before, after, DEFAULTS).verdict).toBe('fail');
    for (const failOn of ['error', 'warning'] as const) {
      const known = judged(before, after, DEFAULTS, { introducedOnly: true, failOn });
      expect(known.verdict).toBe('pass');
      for (const finding of flat(known.findings)) expect(finding).toMatchObject({ severity: 'warning', known: true });
    }
  });

  test('what the change brought fails as ever', () => {
    const introduced = judged(sampleEvidence(), vanishingEvidence(), DEFAULTS, { introducedOnly: true });
    expect(introduced).toMatchObject({ verdict: 'fail', findings: [{ rule: 'std-shrinkage', severity: 'error' }] });
    expect(flat(introduced.findings).some(({ known }) => known)).toBe(false);
  });

  test('a new problem fails though a known one explains it', () => {
    const warned = storyEvidence({ layers: VANISHING, accuracy: { normalized: 0.7 } });
    const found = judged(warned, { ...vanishingEvidence(), trials: [] }, DEFAULTS, { introducedOnly: true });
    expect(found.verdict).toBe('fail');
    expect(flat(found.findings)).toMatchObject([{ rule: 'std-shrinkage', known: true }, { rule: 'not-learning', severity: 'error' }]);
  });
});
