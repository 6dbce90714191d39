import { describe, expect, it, test } from 'vitest';
import { formulaOf, PRESET_NAMES, PRESETS } from '../../src/config/presets.ts';
import { isNormalized, treatments } from '../../src/config/treatments.ts';
import { UserError } from '../../src/errors.ts';

/** Computes what a formula says, for one channel: `[a, b, c]` stands for a number per channel. */
function evaluate(formula: string, x: number, channel: number): number {
  const numbers = formula.replace(/^BGR /, '').replaceAll(/\[([^\]]*)\]/g, (_, list: string) => list.split(',')[channel]!);
  expect(numbers).toMatch(/^[x\d\s.()/-]+$/);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- arithmetic only, as was just checked
  const compute = new Function('x', `return ${numbers}`) as (x: number) => number;
  return compute(x);
}

describe('presets', () => {
  it.each(PRESET_NAMES)('%s does what its formula says', (name) => {
    const { mean, std, formula, order } = PRESETS[name];
    expect(formula.startsWith('BGR')).toBe(order === 'bgr');
    for (const channel of [0, 1, 2]) {
      for (const x of [0, 1, 127, 255]) expect((x - mean[channel]!) / std[channel]!).toBeCloseTo(evaluate(formula, x, channel), 9);
    }
  });

  test('span the ranges that their names promise', () => {
    const rangeOf = (name: (typeof PRESET_NAMES)[number]) => [0, 255].map((x) => (x - PRESETS[name].mean[0]) / PRESETS[name].std[0]);
    expect(rangeOf('unit')).toEqual([0, 1]);
    expect(rangeOf('minus-one-to-one')).toEqual([-1, 1]);
    expect(rangeOf('efficientnet-lite')).toEqual([-127 / 128, 1]);
    expect(rangeOf('teachable-machine')[0]).toBe(-1);
  });
});

describe('formulaOf', () => {
  it.each([
    [{ order: 'rgb', mean: [0, 0, 0], std: [1, 1, 1] }, 'x'],
    [{ order: 'rgb', mean: [0, 0, 0], std: [255, 255, 255] }, 'x / 255'],
    [{ order: 'rgb', mean: [127, 127, 127], std: [128, 128, 128] }, '(x - 127) / 128'],
    [{ order: 'rgb', mean: [1, 2, 3], std: [1, 1, 1] }, 'x - [1, 2, 3]'],
    [{ order: 'bgr', mean: [1, 2, 3], std: [4, 5, 6] }, 'BGR (x - [1, 2, 3]) / [4, 5, 6]'],
  ] as const)('says %o as %s', (scaling, formula) => {
    expect(formulaOf(scaling)).toBe(formula);
  });
});

describe('treatments', () => {
  test('are the arms, normalized first', () => {
    expect(treatments({ input: { normalization: 'efficientnet-lite', arms: ['normalized', 'caffe'] } })).toEqual([
      { name: 'normalized', preset: 'efficientnet-lite', formula: '(x - 127) / 128', order: 'rgb', mean: [127, 127, 127], std: [128, 128, 128] },
      { name: 'caffe', preset: 'caffe', formula: 'BGR x - [103.939, 116.779, 123.68]', order: 'bgr', mean: [103.939, 116.779, 123.68], std: [1, 1, 1] },
    ]);
  });

  test('of numbers of the user’s own are called custom', () => {
    const normalization = { order: 'rgb', mean: [10, 10, 10], std: [20, 20, 20] } as const;
    expect(treatments({ input: { normalization, arms: ['normalized'] } })).toEqual([{ name: 'normalized', preset: 'custom', formula: '(x - 10) / 20', ...normalization }]);
  });

  test('follow from the images, from each image and from the declared constants where that is asked for', () => {
    const statistics = { mean: [100, 110, 120.25], std: [50, 60, 70] } as const;
    const arms = treatments({ input: { normalization: 'imagenet', arms: ['normalized', 'dataset', 'per-image', 'shuffled', { name: 'mine', order: 'bgr', mean: [1, 1, 1], std: [2, 2, 2] }] } }, 3, statistics);
    expect(arms.map(({ name, preset, formula }) => [name, preset, formula])).toEqual([
      ['normalized', 'imagenet', PRESETS.imagenet.formula],
      ['dataset', 'dataset', '(x - [100, 110, 120.25]) / [50, 60, 70]'],
      ['per-image', 'per-image', '(x - mean of the image) / std of the image'],
      ['shuffled', 'shuffled', '(x - [103.53, 123.675, 116.28]) / [57.375, 58.395, 57.12]'],
      ['mine', 'custom', 'BGR (x - 1) / 2'],
    ]);
    expect(arms.filter(({ perImage }) => perImage).map(({ name }) => name)).toEqual(['per-image']);
  });

  test('that equal the declared one are known, also before there are images', () => {
    const mine = { name: 'mine', order: 'rgb', mean: [0, 0, 0], std: [255, 255, 255] } as const;
    expect(isNormalized(mine, 'unit')).toBe(true);
    expect(isNormalized(mine, 'raw')).toBe(false);
    expect(isNormalized('dataset', 'dataset')).toBe(true);
    expect(isNormalized('per-image', 'dataset')).toBe(false);
    expect(isNormalized('shuffled', 'imagenet')).toBe(false);
    expect(isNormalized('shuffled', 'unit')).toBe(true);
    expect(isNormalized('shuffled', 'dataset')).toBe(false);
    expect(isNormalized('shuffled', 'per-image')).toBe(true);
  });

  test('that tell colours apart are refused for a model with one channel', () => {
    const arms = ['normalized', 'imagenet', 'raw'] as const;
    expect(treatments({ input: { normalization: 'unit', arms: ['normalized', 'raw'] } }, 1)).toHaveLength(2);
    expect(() => treatments({ input: { normalization: 'unit', arms } }, 1)).toThrow(UserError);
    expect(() => treatments({ input: { normalization: 'unit', arms } }, 1)).toThrow(/^Arm imagenet treats three channels apart/);
  });
});
