import { type Config, headFor, type SettledConfig } from '../config/config.ts';
import { nameUnder, needsStatistics, treatments } from '../config/treatments.ts';
import type { DataSet } from '../data/load.ts';
import { type PixelStatistics, pixelStatistics } from '../data/pixel-statistics.ts';
import { probeBatch } from '../data/probe.ts';
import { stratifiedFolds } from '../data/splits.ts';
import { randomOf } from '../engine/seeding.ts';
import type { Size } from '../data/resize.ts';
import { UserError } from '../errors.ts';
import type { BatchNormMode } from '../evidence/types.ts';
import type { ExperimentDesign } from './experiment.ts';
import type { LaboratorySetup, Survey } from './laboratory.ts';
import type { Split } from './plan.ts';

/** Images that go through the network at once where no gradient is needed: small enough to stay in the cache. */
const CHUNK = 16;
/** Forward statistics of fewer images vary too much from image to image. */
const PROBE_IMAGES = 32;

/**
 * Turns what the user asked for into an experiment.
 *
 * @param images where the images of the data set are, or will be before the first task reads them. Where an arm needs their
 *   statistics, they are there
 * @param mode of the pretrained BatchNorm in training
 */
export function designOf(config: SettledConfig, dataSet: DataSet, size: Size, images: Float32Array, mode: BatchNormMode | null = config.model.batchNorm?.[0] ?? null): ExperimentDesign {
  const { training, experiment, data } = config;
  const splitOf = data.validation.kind === 'folds' ? rotatingFolds(dataSet.strata, data.validation.folds) : fixedSplit(dataSet.files.length, dataSet.fixedValidation ?? 0);
  const looks = [experiment.seeds, ...experiment.moreSeeds];
  const seeds = Array.from({ length: looks.at(-1)! }, (_, index) => index);
  // Folds may differ by one image, and with it by one step.
  const stepsPerEpoch = Math.max(...seeds.map((seed) => Math.ceil(splitOf(seed).train.length / training.batchSize)));
  return {
    chooseBackend: config.backend === 'auto',
    setup: setupOf(config, dataSet, size, images, mode),
    treatments: treatments(config, 3, statisticsOf(config, dataSet, images)),
    splitOf,
    looks,
    stepsPerEpoch,
    timeLimitSeconds: config.timeLimit,
  };
}

/** What a laboratory has to know of a check; it holds whatever the images are treated with. */
export function setupOf(config: Config, dataSet: DataSet, size: Size, images: Float32Array, mode: BatchNormMode | null = config.model.batchNorm?.[0] ?? null): LaboratorySetup {
  const { loss, ...recipe } = config.training;
  return {
    backend: config.backend === 'auto' ? 'wasm' : config.backend,
    network: {
      path: config.model.path,
      boundary: config.model.boundary,
      head: headFor(config.model, dataSet.answers.kind === 'masks' ? [...size, dataSet.classes.length] : [dataSet.classes.length]),
      train: config.model.train,
      ...(mode === null ? {} : { batchNorm: mode }),
    },
    size,
    images,
    answers: dataSet.answers,
    loss,
    strata: dataSet.strata,
    fixedValidation: dataSet.fixedValidation ?? undefined,
    probe: probeBatch(dataSet.strata, PROBE_IMAGES),
    recipe: { ...recipe, chunk: CHUNK },
    kernels: config.kernels,
  };
}

/** The same experiment under each mode of the pretrained BatchNorm that the config names. Arms of all but the first carry the mode's name. */
export function crossedDesigns(config: SettledConfig, ...data: readonly [dataSet: DataSet, size: Size, images: Float32Array]): readonly [ExperimentDesign, ...ExperimentDesign[]] {
  const [first = null, ...others] = config.model.batchNorm ?? [];
  const under = (mode: BatchNormMode): ExperimentDesign => {
    const design = designOf(config, ...data, mode);
    return { ...design, treatments: design.treatments.map((treatment) => ({ ...treatment, name: nameUnder(mode, treatment.name) })) };
  };
  return [designOf(config, ...data, first), ...others.map(under)];
}

/** A note where modes of a pretrained BatchNorm are compared, and there is none. */
export function crossedInVain({ model }: Pick<Config, 'model'>, { sites }: Pick<Survey, 'sites'>): readonly string[] {
  if ((model.batchNorm ?? []).length < 2 || sites.some(({ part, className }) => part === 'trunk' && className === 'BatchNormalization')) return [];
  return ['No pretrained layer is a BatchNormalization, so both modes of `model.batchnorm` give the same numbers, in twice the time.'];
}

/** Of the images in the data folder; a validation folder of the user's is not looked at. */
function statisticsOf({ input }: SettledConfig, { files, fixedValidation }: DataSet, images: Float32Array): PixelStatistics | null {
  if (!needsStatistics(input)) return null;
  const row = images.length / files.length;
  const found = pixelStatistics(images.subarray(0, (files.length - (fixedValidation ?? 0)) * row));
  if (found.std.some((std) => std === 0)) {
    throw new UserError('flat-images', 'A colour channel has the same value in all images, so it cannot be divided by its standard deviation.', 'Use other images, or a normalization other than `dataset`.');
  }
  return found;
}

/** Seed i holds out fold i mod k of partition floor(i / k): after k seeds, every image was judged once. */
export function rotatingFolds(strata: Int32Array, folds: number): (seed: number) => Split {
  return (seed) => {
    const partition = Math.floor(seed / folds);
    const fold = seed % folds;
    const foldOf = stratifiedFolds(strata, folds, randomOf(partition, 'folds'));
    const indices = Array.from(strata.keys());
    return { fold, train: indices.filter((index) => foldOf[index] !== fold), validation: indices.filter((index) => foldOf[index] === fold) };
  };
}

/** The last `validation` images are held out under every seed. */
export function fixedSplit(images: number, validation: number): () => Split {
  const indices = Array.from({ length: images }, (_, index) => index);
  const split = { fold: null, train: indices.slice(0, images - validation), validation: indices.slice(images - validation) };
  return () => split;
}
