import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { nameOfArm, treatments } from '../../../src/config/treatments.ts';
import type { Fingerprint, FingerprintMatch } from '../../../src/evidence/fingerprint.ts';
import { CANDIDATES } from '../../../src/experiment/fingerprint/candidates.ts';
import { leftOut, rememberedBeside, requireExpected, settled } from '../../../src/experiment/fingerprint/in-check.ts';
import { matchOf } from '../../../src/experiment/fingerprint/match.ts';
import { folderWith } from '../../temporary-folder.ts';

function match(name: string): FingerprintMatch {
  return matchOf(CANDIDATES.find((candidate) => candidate.name === name)!);
}

function found(name: string, overrides: Partial<Fingerprint> = {}): Fingerprint {
  return { method: 'batch-normalization', told: true, because: null, best: match(name), confidence: 0.99, orderConfidence: 1, equivalents: [], estimate: null, candidates: [], memories: ['bn'], images: 32, ...overrides };
}

function config(input: string) {
  return loadConfig({ cwd: folderWith({ 'layer-vitals.yml': `model: { path: m/model.json }\ndata: { path: x }\ninput: ${input}\n` }), path: null, overrides: {} });
}

describe('normalization: auto', () => {
  test.each<[string, unknown]>([
    ['imagenet', 'imagenet'],
    ['unit', 'unit'],
    ['half-range', { mean: [127.5, 127.5, 127.5], std: [255, 255, 255], order: 'rgb' }],
    ['imagenet-bgr', { mean: [103.53, 116.28, 123.675], std: [57.375, 57.12, 58.395], order: 'bgr' }],
    ['per-image', 'per-image'],
  ])('stands for %s where that is remembered', (name, normalization) => {
    expect(settled(config('{ normalization: auto }'), found(name)).input.normalization).toEqual(normalization);
  });

  test('leaves out the arm that feeds the same', () => {
    expect(settled(config('{ normalization: auto }'), found('imagenet')).input.arms).toEqual(['normalized', 'raw', 'unit']);
    expect(settled(config('{ normalization: auto }'), found('unit')).input.arms).toEqual(['normalized', 'raw']);
  });

  test('says which arms are left out, and refuses to expect anything of them', () => {
    const written = config('{ normalization: auto, arms: [normalized, unit, shuffled, raw], expect: { unit: needed } }');
    const known = settled(written, found('unit'));
    expect(leftOut(written, known)).toEqual(['unit', 'shuffled'].map((arm) => `Arm ${arm} is left out: it feeds the model the same as the inferred normalization.`));
    const arms = known.input.arms.map((arm) => ({ name: nameOfArm(arm) }));
    expect(() => {
      requireExpected(written, arms);
    }).toThrow(expect.objectContaining({ code: 'expect-arm', what: '`input.expect` is about arm unit, which feeds the model the same as the inferred normalization (auto), so nothing is compared.' }));
    requireExpected(config('{ normalization: auto, expect: needed }'), arms);
  });

  test('has nothing to expect against raw pixels where they are what is remembered', () => {
    const written = config('{ normalization: auto, expect: needed }');
    expect(() => {
      requireExpected(written, settled(written, found('raw')).input.arms.map((arm) => ({ name: nameOfArm(arm) })));
    }).toThrow(/arm raw, which feeds the model the same/);
  });

  test('cannot be told: why, what is nearest, how to declare it', () => {
    const untold = found('unit', { told: false, because: 'Several explain it.' });
    expect(() => settled(config('{ normalization: auto }'), untold)).toThrow(expect.objectContaining({ code: 'normalization-untold', what: 'm/model.json: what this model was trained with cannot be told. Several explain it. Nearest is x / 255.', fix: expect.stringContaining('input.normalization: imagenet') as string }));
    expect(() => settled(config('{ normalization: auto }'), found('per-image-bgr'))).toThrow(/order BGR/);
  });

  test('does not touch what is declared', () => {
    const declared = config('{ normalization: caffe }');
    expect(settled(declared, null)).toEqual(declared);
  });
});

describe('what is remembered, beside what is fed', () => {
  const arms = (input: string) => treatments(settled(config(input), null));

  test('is the same within 3 % of the range', () => {
    const remembered = rememberedBeside(found('efficientnet-lite'), arms('{ normalization: minus-one-to-one }'));
    expect(remembered).toMatchObject({ told: true, preset: 'efficientnet-lite', arm: null });
    expect(remembered!.difference).toBeLessThan(0.03);
  });

  test('differs by a share of the range, and names the arm that feeds it', () => {
    // (x - 127.5) / 127.5 and x / 255 are apart by 1, where the latter has a range of 1.
    expect(rememberedBeside(found('minus-one-to-one'), arms('{ normalization: unit, arms: [raw, teachable-machine] }'))).toMatchObject({ difference: expect.closeTo(1, 10) as number, arm: 'teachable-machine' });
  });

  test('differs beyond measure in another order of channels, unless the order is not certain', () => {
    const fed = arms('{ normalization: unit }');
    expect(rememberedBeside(found('unit-bgr'), fed)!.difference).toBe(Infinity);
    expect(rememberedBeside(found('unit-bgr', { orderConfidence: 0.6 }), fed)!.difference).toBe(0);
    expect(rememberedBeside(found('per-image'), fed)!.difference).toBe(Infinity);
  });

  test('is nothing where nothing tells', () => {
    expect(rememberedBeside(found('unit', { best: null, told: false }), arms('{ normalization: unit }'))).toBeNull();
  });
});
