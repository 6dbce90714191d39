import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import type { Trial } from '../../src/evidence/types.ts';
import { makeLayer } from '../../src/model/layer-spec.ts';
import { judge, untriedRemedies } from '../../src/rules/judge.ts';
import type { Finding, Fix } from '../../src/rules/types.ts';
import { targetGain } from '../../src/stats/gain.ts';
import { type SampleLayer, sampleReferences, sampleTrial, storyEvidence } from './evidence.ts';
import { only, shown } from './shown.ts';

const CONTRACT = only({ stdShrinkage: { warn: 0.3, fail: 0.3 } });
const ACCURACY = { normalized: [0.7, 0.72, 0.74, 0.71, 0.73, 0.72] };

function findingOf(layers: readonly SampleLayer[], parts: { trials?: readonly Trial[]; dataIsTheCause?: boolean } = {}): Finding {
  const evidence = { ...storyEvidence({ layers, accuracy: ACCURACY }), trials: parts.trials ?? [] };
  const references = parts.dataIsTheCause ? sampleReferences(layers[0]!.id, { gain: 0.15, reference: 0.15 }) : [];
  return judge({ ...evidence, references }, CONTRACT, 'error').findings[0]!;
}

function fixOf(...args: Parameters<typeof findingOf>): Fix {
  return findingOf(...args).fix!;
}

function weak(activation: string, overrides: Partial<SampleLayer> = {}): SampleLayer {
  return { id: activation, activation, targetGain: targetGain({ name: activation, alpha: activation === 'leaky-relu' ? 0.3 : 1 }), relativeGain: 0.1, ...overrides };
}

const DEPTHWISE: SampleLayer = { id: 'dw', className: 'DepthwiseConv2D', relativeGain: 0.1 };

describe('the fix', () => {
  it.each([
    ['relu', 'kernel-initializer: he-normal', 'heNormal'],
    ['relu6', 'kernel-initializer: he-normal', 'heNormal'],
    ['leaky-relu', 'kernel-initializer: he-normal', 'heNormal'],
    ['elu', 'kernel-initializer: he-normal', 'heNormal'],
    ['gelu', 'kernel-initializer: he-normal', 'heNormal'],
    ['silu', 'kernel-initializer: he-normal', 'heNormal'],
    ['mish', 'kernel-initializer: he-normal', 'heNormal'],
    ['softplus', 'kernel-initializer: lecun-normal', 'leCunNormal'],
    ['tanh', 'kernel-initializer: lecun-normal', 'leCunNormal'],
    ['sigmoid', 'kernel-initializer: lecun-normal', 'leCunNormal'],
    ['selu', 'kernel-initializer: lecun-normal', 'leCunNormal'],
    ['linear', 'kernel-initializer: lecun-normal', 'leCunNormal'],
  ])('before %s is %s', (activation, change, kernelInitializer) => {
    const fix = fixOf([weak(activation)]);
    expect(fix.remedy).toEqual({ rule: 'std-shrinkage', change, sites: [activation], amendment: { kind: 'initializers', kernels: { [activation]: kernelInitializer }, biases: {} } });
    expect(shown(fix.text)).toBe(`\`${change}\` on \`${activation}\`.`);
  });

  it('can be pasted into a layer of the config, and draws what is tried', () => {
    for (const activation of ['relu', 'tanh']) {
      const { change, amendment } = fixOf([weak(activation)]).remedy!;
      const kernelInitializer = amendment.kind === 'initializers' && amendment.kernels[activation];
      const pasted = makeLayer({ layer: 'dense', units: 2, ...(parse(change) as object) }, 'head', 'pasted');
      const tried = makeLayer({ layer: 'dense', units: 2, 'kernel-initializer': kernelInitializer }, 'head', 'tried');
      expect(pasted.getConfig().kernelInitializer).toEqual(tried.getConfig().kernelInitializer);
    }
  });

  it('of a depthwise layer counts its window alone, is pasteable, and draws what is tried', () => {
    const fix = fixOf([DEPTHWISE]);
    // sqrt(2 / 112), of which initializers that scale know nothing: to them every channel is an input of each.
    expect(shown(fix.text)).toBe('`depthwise-initializer: { random-normal: { stddev: 0.13 } }` on `dw`.');
    expect(fix.remedy?.amendment).toEqual({ kind: 'initializers', kernels: { dw: { className: 'RandomNormal', config: { stddev: 0.13 } } }, biases: {} });
    const { name: change } = fix.text.find((part) => typeof part === 'object')!;
    const pasted = makeLayer({ layer: 'depthwise-conv-2d', 'kernel-size': 3, ...(parse(change) as object) }, 'head', 'pasted');
    expect(pasted.getConfig().depthwiseInitializer).toMatchObject({ className: 'RandomNormal', config: { stddev: 0.13 } });
  });

  it('puts a normalization behind what no initializer is known for, and where the data are the cause', () => {
    const separable = fixOf([weak('relu', { className: 'SeparableConv2D' })]);
    expect(shown(separable.text)).toBe('Put `{ layer: batch-normalization }` behind `relu`.');
    const data = fixOf([weak('relu')], { dataIsTheCause: true });
    expect(shown(data.text)).toBe('Other initial weights do not mend this. Put `{ layer: batch-normalization }` behind `relu`.');
    expect([separable.remedy, data.remedy]).toEqual([null, null]);
  });

  it('is for the layer, however often it is called', () => {
    const twice = [weak('relu', { id: 'shared' }), weak('relu', { id: 'shared#2' }), weak('relu', { id: 'named#7' })];
    expect(fixOf(twice).remedy?.sites).toEqual(['shared', 'named#7']);
  });

  it('lists every change that is needed, and tries them together', () => {
    const mixed = [DEPTHWISE, weak('tanh', { id: 't' }), weak('relu', { id: 'a' }), weak('relu', { id: 'b' })];
    const fix = fixOf(mixed);
    expect(shown(fix.text)).toBe(
      '`depthwise-initializer: { random-normal: { stddev: 0.13 } }` on `dw`; `kernel-initializer: lecun-normal` on `t`; `kernel-initializer: he-normal` on `a` and `b`.',
    );
    const stddev = { className: 'RandomNormal', config: { stddev: 0.13 } };
    expect(fix.remedy).toMatchObject({ sites: ['dw', 't', 'a', 'b'], amendment: { kernels: { dw: stddev, t: 'leCunNormal', a: 'heNormal', b: 'heNormal' } } });
    const trials = [sampleTrial(fix.remedy!.sites, { layers: mixed.map((layer) => ({ ...layer, relativeGain: 1 })), accuracy: ACCURACY }, fix.remedy!.change)];
    expect(fixOf(mixed, { trials }).tried?.shrinkage).toMatchObject({ after: 1 });
  });
});

describe('a fix that was tried', () => {
  const layers = [weak('relu', { id: 'a' })];
  const trial = (relativeGain: number, accuracy: readonly number[] = ACCURACY.normalized) => [sampleTrial(['a'], { layers: [weak('relu', { id: 'a', relativeGain })], accuracy: { normalized: accuracy } })];
  const worse = ACCURACY.normalized.map((accuracy) => accuracy - 0.2);
  const better = ACCURACY.normalized.map((accuracy) => accuracy + 0.2);

  it('stands there with its measured effect, over the same pairs', () => {
    const { tried } = fixOf(layers, { trials: trial(0.9, better) });
    expect(tried).toMatchObject({ seeds: 6 });
    expect(tried!.shrinkage!.before).toBeCloseTo(0.1, 12);
    expect(tried!.shrinkage!.after).toBeCloseTo(0.9, 12);
    // Of 40 images each: 28, 29, 30, 28, 29, 29, then 8 more of each.
    expect(tried!.metric.before).toBeCloseTo(173 / 240, 12);
    expect(tried!.metric.after).toBeCloseTo(221 / 240, 12);
    expect(tried!.gain.estimate).toBeCloseTo(20, 10);
    expect(tried!.gain.low).toBeGreaterThan(14);
  });

  it.each<[string, readonly Trial[], string]>([
    ['that helps', trial(0.9), '`kernel-initializer: he-normal` on `a`.'],
    ['that helps, whatever chance does to accuracy', trial(0.9, [0.7, 0.6, 0.74, 0.71, 0.73, 0.72]), '`kernel-initializer: he-normal` on `a`.'],
    ['that helps accuracy, though not the signal', trial(0.25, better), '`kernel-initializer: he-normal` on `a`.'],
    ['that does not help', trial(0.2), 'No fix found: `kernel-initializer: he-normal` (accuracy 72 % → 72 %) was tried and does not help. Put `{ layer: batch-normalization }` behind `a`.'],
    ['that costs accuracy', trial(0.9, worse), 'No fix found: `kernel-initializer: he-normal` (accuracy 72 % → 52 %) was tried and does not help. Put `{ layer: batch-normalization }` behind `a`.'],
  ])('%s is called so', (_, trials, sentence) => {
    expect(shown(fixOf(layers, { trials }).text)).toBe(sentence);
  });

  it('is not tried again, whether it helped or not', () => {
    for (const trials of [trial(0.9), trial(0.01)]) {
      const evidence = { ...storyEvidence({ layers, accuracy: ACCURACY }), trials };
      expect(untriedRemedies(judge(evidence, CONTRACT, 'error'))).toEqual([]);
    }
  });

  it('is told from another one', () => {
    const other = [{ ...trial(0.9)[0]!, change: 'kernel-initializer: zeros' }, { ...trial(0.9)[0]!, rule: 'not-learning' }];
    expect(fixOf(layers, { trials: other }).tried).toBeNull();
  });
});
