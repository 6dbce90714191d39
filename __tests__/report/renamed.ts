import type { Report } from '../../src/report/types.ts';

/** Everything in the sample reports that would come from a user's files. */
export const FROM_FILES = [
  'block10_add', 'stem', 'pool', 'head_1', 'head_2', 'head_3', 'head_4', 'head_5', 'head_6', 'logits', 'conv_1', 'conv_2',
  'EfficientNet-Lite0', 'small-cnn', 'raw', 'unit', '(x - 127) / 128', 'x', 'x / 255', 'validation', 'adam',
  'kernel-initializer: he-normal', 'training.learning-rate', 'input.normalization: unit',
  'layer-vitals', 'fixtures/vanishing-head/layer-vitals', 'fixtures/from-scratch/layer-vitals', 'fixtures/wrong-normalization/layer-vitals',
  'layer-vitals.yml', 'fixtures/vanishing-head/layer-vitals.yml', 'fixtures/from-scratch/layer-vitals.yml', 'fixtures/wrong-normalization/layer-vitals.yml',
  '0.1.0', '4.22.0', 'wasm', 'nightly',
  'background', 'animal', 'food', 'object',
  '12 images of `food-prepared` were resized to 96 x 96.', "The class 'office' has 8 images, the others have 40.",
] as const;

/** The report with each of those strings as `rename` says. */
export function renamed(report: Report, rename: (name: string, index: number) => string): Report {
  const names = new Map<string, string>(FROM_FILES.map((name, index) => [name, rename(name, index)]));
  return replaced(report, names) as Report;
}

function replaced(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return names.get(value) ?? value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => replaced(item, names));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item, names)]));
}
