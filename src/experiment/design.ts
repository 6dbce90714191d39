import type { Config } from '../config/config.ts';
import { headFor } from '../config/config.ts';
import { treatments } from '../config/treatments.ts';
import type { DataSet } from '../data/load.ts';
import { probeBatch } from '../data/probe.ts';
import { stratifiedFolds } from '../data/splits.ts';
import { randomOf } from '../engine/seeding.ts';
import type { Size } from '../data/resize.ts';
import type { ExperimentDesign } from './experiment.ts';
import type { Split } from './plan.ts';

/** Images that go through the network at once where no gradient is needed: small enough to stay in the cache. */
const CHUNK = 16;
/** Forward statistics of fewer images vary too much from image to image. */
const PROBE_IMAGES = 32;

/**
 * Turns what the user asked for into an experiment.
 *
 * @param images where the images of the data set are, or will be before the first task reads them
 */
export function designOf(config: Config, dataSet: DataSet, size: Size, images: Float32Array): ExperimentDesign {
  const { training, experiment, data } = config;
  const splitOf = data.validation.kind === 'folds' ? rotatingFolds(dataSet.strata, data.validation.folds) : fixedSplit(dataSet.files.length, dataSet.fixedValidation ?? 0);
  const looks = [experiment.seeds, ...experiment.moreSeeds];
  const seeds = Array.from({ length: looks.at(-1)! }, (_, index) => index);
  // Folds may differ by one image, and with it by one step.
  const stepsPerEpoch = Math.max(...seeds.map((seed) => Math.ceil(splitOf(seed).train.length / training.batchSize)));
  return {
    chooseBackend: config.backend === 'auto',
    setup: {
      backend: config.backend === 'auto' ? 'wasm' : config.backend,
      network: {
        path: config.model.path,
        boundary: config.model.boundary,
        head: headFor(config.model, dataSet.classes.length),
        train: config.model.train,
      },
      size,
      images,
      answers: dataSet.answers,
      loss: 'cross-entropy',
      strata: dataSet.strata,
      probe: probeBatch(dataSet.strata, PROBE_IMAGES),
      recipe: { ...training, chunk: CHUNK },
      kernels: config.kernels,
    },
    treatments: treatments(config),
    splitOf,
    looks,
    stepsPerEpoch,
    timeLimitSeconds: config.timeLimit,
  };
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
