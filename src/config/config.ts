import path from 'node:path';
import type { BatchNormMode, Kernels, Loss } from '../evidence/types.ts';
import { camelKeys } from './camel-keys.ts';
import type { LayerSpec, Settings } from './settings.ts';
import { type Thresholds, thresholdsOf } from './thresholds.ts';
import { armsOf, type DeclaredInputs, type Inputs, normalizationOf } from './treatments.ts';

/** A path of the user's: as written, for reports, and absolute. */
export interface UserPath {
  readonly written: string;
  readonly absolute: string;
}

/** What the user asked for, every default filled in. */
export interface Config {
  /** Tells several checks of one repository apart. */
  readonly id: string;
  /** The config as the user can name it: relative to the working directory, forward slashes. */
  readonly shown: string;
  /** Name of the profile that took part; null for none. */
  readonly profile: string | null;
  readonly model: ModelConfig;
  readonly data: DataConfig;
  readonly input: DeclaredInputs;
  readonly training: TrainingConfig;
  /** `margin` in points of the metric; `auto` leaves it to the plan. */
  readonly experiment: { readonly seeds: number; readonly moreSeeds: readonly number[]; readonly margin: number | 'auto' };
  readonly thresholds: Thresholds;
  readonly backend: Settings['backend'];
  readonly failOn: 'error' | 'warning' | 'never';
  /** `auto`, `off`, or the name of a commit. */
  readonly baseline: string;
  readonly judge: 'all' | 'introduced';
  /** Seconds. */
  readonly timeLimit: number;
  readonly kernels: Kernels;
}

/** A config whose normalization is known. */
export interface SettledConfig extends Config {
  readonly input: Inputs;
}

export interface ModelConfig {
  /** A model.json; null where the network is `head` alone. */
  readonly path: UserPath | null;
  /** The last pretrained layer; null: the last one of the file. */
  readonly boundary: string | null;
  /** Layers put on the boundary; null where the file holds them. The default head is in `headFor`. */
  readonly head: readonly LayerSpec[] | 'default' | null;
  /** `head`, `all` or `from:<layer>`. */
  readonly train: string;
  /** Modes of the pretrained BatchNorm in training, crossed with the arms; the first one is that of the arms as they are named. Null: as the layers train. */
  readonly batchNorm: readonly [BatchNormMode, ...BatchNormMode[]] | null;
}

export interface DataConfig {
  readonly path: UserPath;
  /** Pixels; null: the input size of the model file. */
  readonly size: readonly [height: number, width: number] | null;
  readonly validation: { readonly kind: 'folds'; readonly folds: number } | { readonly kind: 'folder'; readonly path: UserPath; readonly masks: UserPath | null };
  /** Where pixels are classified; null where images are. */
  readonly masks: MaskConfig | null;
}

export interface MaskConfig {
  readonly path: UserPath;
  readonly classes: readonly string[];
  /** Value of each class in the masks. */
  readonly values: readonly number[];
  /** Values of pixels that are neither learned nor judged. */
  readonly ignored: readonly number[];
}

export interface TrainingConfig {
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: Settings['training']['optimizer'];
  readonly learningRate: number;
  readonly loss: Exclude<Loss, 'mean-squared-error'>;
  /** Largest norm of the gradients; larger ones are scaled down. */
  readonly clipNorm?: number | undefined;
}

/** Where a config was found. */
export interface ConfigOrigin {
  /** Absolute path of the file that holds the settings. */
  readonly file: string;
  readonly shown: string;
  readonly cwd: string;
  readonly profile: string | null;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Settings as written, made into the one typed config that the rest of the code reads. */
export function configOf(settings: Settings, { file, shown, cwd, profile }: ConfigOrigin): Config {
  const folder = path.dirname(file);
  const userPath = (written: string): UserPath => ({ written, absolute: path.resolve(folder, written) });
  const { id, model, data, training, experiment, backend, failOn, baseline, judge, timeLimit, kernels } = camelKeys(settings);
  const { size } = data;
  // Before their keys are changed: names of classes are the user's.
  const { validation } = settings.data;
  return {
    id: id ?? idOf(cwd, folder),
    shown,
    profile,
    model: {
      path: model.path === undefined ? null : userPath(model.path),
      boundary: model.boundary ?? null,
      head: model.head === 'none' ? null : (model.head ?? 'default'),
      train: model.train,
      batchNorm: batchNormOf(model.batchnorm),
    },
    data: {
      path: userPath(data.path),
      size: typeof size === 'number' ? [size, size] : (size ?? null),
      validation: typeof validation === 'number' ? { kind: 'folds', folds: validation } : { kind: 'folder', ...heldOut(validation, userPath) },
      masks: data.masks === undefined ? null : { path: userPath(data.masks), ...maskKeyOf(settings.data) },
    },
    input: { normalization: normalizationOf(settings.input), arms: armsOf(settings.input) },
    training,
    experiment,
    thresholds: thresholdsOf(settings.thresholds, settings.input.expect),
    backend,
    failOn,
    baseline,
    judge,
    timeLimit: secondsOf(timeLimit),
    kernels,
  };
}

/** A single mode, or both in the order in which they were written. */
function batchNormOf(written: BatchNormMode | readonly BatchNormMode[] | undefined): ModelConfig['batchNorm'] {
  const [first, ...others] = [written ?? []].flat();
  return first === undefined ? null : [first, ...others.filter((mode) => mode !== first)];
}

function heldOut(validation: string | { readonly path: string; readonly masks: string }, userPath: (written: string) => UserPath): { path: UserPath; masks: UserPath | null } {
  return typeof validation === 'string' ? { path: userPath(validation), masks: null } : { path: userPath(validation.path), masks: userPath(validation.masks) };
}

/** The usual value of pixels without a class, where it is not that of one. */
const USUALLY_IGNORED = 255;

/** Classes as listed, each with its place in the list as its value, or with the value that is given. */
export function maskKeyOf({ classes = [], ignore }: Settings['data']): Omit<MaskConfig, 'path'> {
  const entries = Array.isArray(classes) ? classes.map((name, value) => [name, value] as const) : Object.entries(classes);
  const values = entries.map(([, value]) => value);
  return { classes: entries.map(([name]) => name), values, ignored: [ignore ?? USUALLY_IGNORED].flat().filter((value) => ignore !== undefined || !values.includes(value)) };
}

/**
 * The layers to put on the boundary; null where the model file holds them.
 *
 * @param outputShape what the network has to put out for an image: [classes], or [height, width, classes]
 */
export function headFor({ head }: ModelConfig, outputShape: readonly number[]): readonly LayerSpec[] | null {
  if (head !== 'default') return head;
  const classes = outputShape.at(-1)!;
  if (outputShape.length === 1) return [{ layer: 'global-average-pooling-2d', name: 'pool' }, { layer: 'dense', name: 'logits', units: classes, activation: 'softmax' }];
  const [height, width] = outputShape;
  return [{ layer: 'conv-2d', name: 'logits', filters: classes, 'kernel-size': 1 }, { layer: 'resizing', name: 'upscaled', height, width }];
}

/** The folder of the config seen from the working directory: stable from machine to machine, unlike an absolute path. */
export function idOf(cwd: string, folder: string): string {
  const relative = path.relative(cwd, folder);
  const outside = relative.startsWith('..') || path.isAbsolute(relative);
  const name = (outside ? path.basename(folder) : relative).replaceAll(/[^A-Za-z0-9._/-]/g, (character) => (character === path.sep ? '/' : '-'));
  return name.replace(/^[^A-Za-z0-9]+/, '').slice(0, 100) || 'layer-vitals';
}

function secondsOf(duration: string): number {
  return Number(duration.slice(0, -1)) * (SECONDS[duration.slice(-1)] ?? 1);
}
