import { UserError } from '../errors.ts';
import { formulaOf, type PerChannel, type PresetName, PRESETS, sameScaling, type Scaling } from './presets.ts';
import type { Settings } from './settings.ts';

/** What one arm of the experiment does to the images. */
export interface Treatment extends Scaling {
  /** Name of the arm: `normalized`, or that of its preset. */
  readonly name: string;
  /** Name of the preset, or `custom`. */
  readonly preset: PresetName | 'custom';
  /** E.g. `(x - 127) / 128`, x in 0..255. */
  readonly formula: string;
}

export type ArmName = 'normalized' | PresetName;

/** How the model expects its input: a preset, or numbers of the user's own. */
export type Normalization = PresetName | Scaling;

/** What a network trained from scratch is fed where the config does not say: centred, about unit scale. */
const UNTRAINED: PresetName = 'minus-one-to-one';

/** The normalization that the config declares, a single number spread over the channels. */
export function normalizationOf({ normalization = UNTRAINED }: Settings['input']): Normalization {
  if (typeof normalization === 'string') return normalization;
  const { order, mean, std } = normalization;
  return { order, mean: spread(mean), std: spread(std) };
}

/** The arms to compare: `normalized` first, each name once, none that feeds the model the same as `normalized`. */
export function armsOf(input: Settings['input']): readonly ArmName[] {
  const normalization = scalingOf(normalizationOf(input));
  const others = input.arms.filter((arm) => arm !== 'normalized' && !sameScaling(PRESETS[arm], normalization));
  return ['normalized', ...new Set(others)];
}

/**
 * The input treatments of the experiment, `normalized` first.
 *
 * @param channels of the model's input. With 1, channel 0 of mean and std is the one to use.
 * @throws UserError where a model with one channel is to be fed a treatment that differs between channels
 */
export function treatments(
  { input }: { readonly input: { readonly normalization: Normalization; readonly arms: readonly ArmName[] } },
  channels: 1 | 3 = 3,
): readonly Treatment[] {
  const all = input.arms.map((name) => treatmentOf(name, name === 'normalized' ? input.normalization : name));
  const coloured = channels === 1 ? all.find(({ mean, std }) => !isUniform(mean) || !isUniform(std)) : undefined;
  if (coloured) {
    throw new UserError(
      'colour-normalization',
      `Arm ${coloured.name} treats three channels apart (${coloured.formula}), but the model reads one.`,
      'Give `input.normalization` as { mean, std } with one number each, and leave such presets out of `input.arms`.',
    );
  }
  return all;
}

/** The numbers behind a normalization. */
export function scalingOf(normalization: Normalization): Scaling {
  return typeof normalization === 'string' ? PRESETS[normalization] : normalization;
}

function treatmentOf(name: string, normalization: Normalization): Treatment {
  const { order, mean, std } = scalingOf(normalization);
  const named = typeof normalization === 'string';
  return {
    name,
    preset: named ? normalization : 'custom',
    formula: named ? PRESETS[normalization].formula : formulaOf(normalization),
    order,
    mean,
    std,
  };
}

function isUniform(values: PerChannel): boolean {
  return values.every((value) => value === values[0]);
}

function spread(value: number | PerChannel): PerChannel {
  return typeof value === 'number' ? [value, value, value] : value;
}
