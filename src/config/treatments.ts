import { UserError } from '../errors.ts';
import { type DerivedName, formulaOf, type PerChannel, type PresetName, PRESETS, sameScaling, type Scaling } from './presets.ts';
import type { Settings } from './settings.ts';

/** What one arm of the experiment does to the images. */
export interface Treatment extends Scaling {
  /** Name of the arm: `normalized`, or that of its preset. */
  readonly name: string;
  /** Name of the preset or of another treatment that a config can name, or `custom`. */
  readonly preset: PresetName | DerivedName | 'custom';
  /** E.g. `(x - 127) / 128`, x in 0..255. */
  readonly formula: string;
  /** Whether each image is first brought to mean 0 and standard deviation 1 over all its values; mean and std then follow it. */
  readonly perImage?: true;
}

/** An arm with numbers of the user's own. */
export interface OwnArm extends Scaling {
  readonly name: string;
}

export type Arm = 'normalized' | PresetName | DerivedName | OwnArm;

/** How the model expects its input: a preset, statistics of the images, or numbers of the user's own. */
export type Normalization = PresetName | Exclude<DerivedName, 'shuffled'> | Scaling;

/** Mean and standard deviation of the pixels of a data set, per channel in RGB, units of 0..255. */
interface PixelStatistics {
  readonly mean: PerChannel;
  readonly std: PerChannel;
}

/** A normalization as the config declares it; `auto` asks the model's own memories. */
export type DeclaredNormalization = Normalization | 'auto';

/** What a network trained from scratch is fed where the config does not say: centred, about unit scale. */
const UNTRAINED: PresetName = 'minus-one-to-one';

const IDENTITY = { order: 'rgb', mean: [0, 0, 0], std: [1, 1, 1] } as const satisfies Scaling;

/** The normalization that the config declares, a single number spread over the channels. */
export function normalizationOf({ normalization = UNTRAINED }: Settings['input']): DeclaredNormalization {
  return typeof normalization === 'string' ? normalization : scaling(normalization);
}

/** The arms to compare: `normalized` first, each name once, none that feeds the model the same as `normalized`. */
export function armsOf(input: Settings['input']): readonly Arm[] {
  return besides(normalizationOf(input), input.arms.map(armOf));
}

/** What the config declares, where it leaves that to the model's memories: the arms that feed the same as they say are left out. */
export function withNormalization({ arms }: Pick<DeclaredInputs, 'arms'>, normalization: Normalization): Inputs {
  return { normalization, arms: besides(normalization, arms) };
}

function besides(normalization: DeclaredNormalization, arms: readonly Arm[]): readonly Arm[] {
  const others = arms.filter((arm) => arm !== 'normalized' && (normalization === 'auto' || !isNormalized(arm, normalization)));
  const names = others.map(nameOfArm);
  return ['normalized', ...others.filter((arm, index) => names.indexOf(nameOfArm(arm)) === index)];
}

export function armOf(written: Settings['input']['arms'][number]): Arm {
  return typeof written === 'string' ? written : { name: written.name, ...scaling(written) };
}

export function nameOfArm(arm: Arm): string {
  return typeof arm === 'string' ? arm : arm.name;
}

/** Of an arm under another mode of the pretrained BatchNorm than the first. */
export function nameUnder(mode: 'inference' | 'training', arm: string): string {
  return `${arm}/${mode}`;
}

/** Whether an arm feeds the model the same as the declared normalization does. */
export function isNormalized(arm: Arm, normalization: Normalization): boolean {
  if (arm === 'normalized' || arm === normalization) return true;
  const declared = fixedScaling(normalization);
  if (!declared) return arm === 'shuffled' && normalization === 'per-image';
  if (arm === 'shuffled') return sameScaling(turned(declared), declared);
  const own = typeof arm === 'string' ? fixedScaling(arm) : arm;
  return own !== null && sameScaling(own, declared);
}

/** Whether statistics of the images have to be known before the arms are. */
export function needsStatistics({ normalization, arms }: DeclaredInputs): boolean {
  return normalization === 'dataset' || arms.includes('dataset');
}

/** The input section of a config. */
export interface DeclaredInputs {
  readonly normalization: DeclaredNormalization;
  readonly arms: readonly Arm[];
}

/** The same, where nothing is left open. */
export interface Inputs extends DeclaredInputs {
  readonly normalization: Normalization;
}

/**
 * The input treatments of the experiment, `normalized` first.
 *
 * @param channels of the model's input. With 1, channel 0 of mean and std is the one to use.
 * @param statistics of the images, for the arms that need them
 * @throws UserError where a model with one channel is to be fed a treatment that differs between channels
 */
export function treatments({ input }: { readonly input: Inputs }, channels: 1 | 3 = 3, statistics: PixelStatistics | null = null): readonly Treatment[] {
  const declared = treatmentOf('normalized', input.normalization, statistics);
  const all = input.arms.map((arm): Treatment => {
    if (arm === 'normalized') return declared;
    if (arm === 'shuffled') return { ...declared, ...turned(declared), name: arm, preset: arm, formula: formulaOf(turned(declared)) };
    return treatmentOf(nameOfArm(arm), arm, statistics);
  });
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

function treatmentOf(name: string, normalization: Normalization, statistics: PixelStatistics | null): Treatment {
  if (normalization === 'per-image') return { name, preset: normalization, formula: '(x - mean of the image) / std of the image', ...IDENTITY, perImage: true };
  if (normalization === 'dataset') {
    if (!statistics) throw new Error('The statistics of the images are not known yet.');
    const own: Scaling = { order: 'rgb', ...statistics };
    return { name, preset: normalization, formula: formulaOf(own), ...own };
  }
  const named = typeof normalization === 'string';
  const { order, mean, std } = named ? PRESETS[normalization] : normalization;
  return { name, preset: named ? normalization : 'custom', formula: named ? PRESETS[normalization].formula : formulaOf(normalization), order, mean, std };
}

/** The numbers behind a treatment that needs no images; null where there are none yet. */
function fixedScaling(normalization: Normalization | DerivedName): Scaling | null {
  if (typeof normalization !== 'string') return normalization;
  return normalization in PRESETS ? PRESETS[normalization as PresetName] : null;
}

/** The same constants, each on the channel after its own: what is left of a normalization without its colours. */
function turned({ order, mean: [a, b, c], std: [d, e, f] }: Scaling): Scaling {
  return { order, mean: [c, a, b], std: [f, d, e] };
}

function scaling({ order, mean, std }: { readonly order: Scaling['order']; readonly mean: number | PerChannel; readonly std: number | PerChannel }): Scaling {
  return { order, mean: spread(mean), std: spread(std) };
}

function isUniform(values: PerChannel): boolean {
  return values.every((value) => value === values[0]);
}

function spread(value: number | PerChannel): PerChannel {
  return typeof value === 'number' ? [value, value, value] : value;
}
