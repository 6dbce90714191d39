import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Config } from '../config/config.ts';
import { nameUnder } from '../config/treatments.ts';
import { channelStatistics } from '../data/input-statistics.ts';
import { type Answers, areasOf } from '../data/answers.ts';
import type { DataSet } from '../data/load.ts';
import { type ArmFacts, type BatchNormMode, type CheckFacts, EVIDENCE_VERSION, type Evidence, type Plan, type ValidationFacts } from '../evidence/types.ts';
import { defaultMargin, equivalenceReach, LARGEST_MARGIN, overlapSpread, type PlannedData, plannedMargin } from '../stats/precision.ts';
import { alphaOfLook } from '../stats/looks.ts';
import { smallestP } from '../stats/sign-flip.ts';
import type { ExperimentDesign } from './experiment.ts';
import type { Survey } from './laboratory.ts';
import { stepsToObserve } from './observed-steps.ts';
import { validationFacts } from './plan.ts';

/** What is known before anything is measured. */
export type Facts = Omit<Evidence, 'notes' | 'sites' | 'trunk' | 'runs' | 'references' | 'trials' | 'confirmation' | 'timing'>;

export function checkFacts({ id, shown, profile }: Config): CheckFacts {
  return { id, config: shown, ...(profile === null ? {} : { profile }) };
}

export function describe(config: Config, dataSet: DataSet, design: ExperimentDesign, survey: Survey, version: string): Facts {
  const { looks } = design;
  const most = looks.at(-1)!;
  const validation = validationFacts(config.data.validation, Array.from({ length: most }, (_, seed) => design.splitOf(seed)));
  const outcomes = plannedData(validation, dataSet);
  const planned = Math.min(LARGEST_MARGIN, plannedMargin(outcomes, most, alphaOfLook(looks, most)));
  const { margin } = config.experiment;
  const { name, tfjs, native } = survey.backend;
  return {
    version: EVIDENCE_VERSION,
    check: checkFacts(config),
    environment: { version, tfjs, backend: name, kernels: config.kernels, fusedMultiplyAdd: survey.fusedMultiplyAdd, ...(native ? { native } : {}) },
    model: {
      name: config.model.path ? modelName(config.model.path.written) : 'network trained from scratch',
      path: config.model.path?.written ?? null,
      boundary: survey.boundary,
      newLayers: survey.newLayers,
      parameters: survey.parameters,
      trainableParameters: survey.trainableParameters,
      train: config.model.train,
    },
    task: survey.task,
    data: {
      path: config.data.path.written,
      images: dataSet.files.length,
      classes: dataSet.classes,
      counts: dataSet.counts,
      size: design.setup.size,
      validation,
      answers: answersDigest(dataSet.answers),
      channels: channelStatistics(design.setup.images, design.setup.size[0] * design.setup.size[1] * 3),
    },
    plan: {
      ...planOf(design),
      arms: armFacts(config, design),
      margin: { points: margin === 'auto' ? defaultMargin(planned) : margin, planned, chosen: margin !== 'auto', equivalence: Math.min(LARGEST_MARGIN, equivalenceReach(outcomes, most, alphaOfLook(looks, most))) },
      smallestP: smallestP(most),
    },
  };
}

function answersDigest(answers: Answers): string {
  return createHash('sha256').update(valuesOf(answers)).digest('hex');
}

function valuesOf(answers: Answers): Int32Array | Uint8Array | Float32Array {
  switch (answers.kind) {
    case 'labels':
      return answers.labels;
    case 'masks':
      return answers.pixels;
    case 'targets':
      return answers.values;
  }
}

/** How images differ in what they count for is known from the masks that they are judged by. */
function plannedData(validation: ValidationFacts, { answers, fixedValidation }: DataSet): PlannedData {
  if (answers.kind !== 'masks') return validation;
  const areas = areasOf(answers);
  return { ...validation, spread: overlapSpread(fixedValidation === null ? areas : areas.slice(-fixedValidation)) };
}

function planOf({ looks, setup, stepsPerEpoch }: ExperimentDesign): Omit<Plan, 'arms' | 'margin' | 'smallestP'> {
  const { recipe, probe } = setup;
  return {
    seeds: Array.from({ length: looks[0]! }, (_, seed) => seed),
    looks,
    epochs: recipe.epochs,
    batchSize: recipe.batchSize,
    stepsPerEpoch,
    optimizer: recipe.optimizer,
    learningRate: recipe.learningRate,
    observedSteps: stepsToObserve(stepsPerEpoch, recipe.epochs),
    probeImages: probe.length,
  };
}

/** Every arm under every mode of the pretrained BatchNorm; each is compared with `normalized` under the same. */
function armFacts({ model }: Config, { treatments }: ExperimentDesign): readonly ArmFacts[] {
  const arms = treatments.map(({ name, preset, formula, perImage, mean, std, order }) => ({ name, preset, formula, ...(perImage ? {} : { mean, std, order }) }));
  const [first, ...others] = model.batchNorm ?? [];
  if (first === undefined) return arms;
  const under = (mode: BatchNormMode) => arms.map((arm) => ({ ...arm, name: nameUnder(mode, arm.name), batchnorm: mode, against: nameUnder(mode, arms[0]!.name) }));
  return [...arms.map((arm) => ({ ...arm, batchnorm: first })), ...others.flatMap(under)];
}

/** The folder of a model.json names the model, as the file itself never does. */
function modelName(file: string): string {
  const folder = path.posix.basename(path.posix.dirname(file.replaceAll('\\', '/')));
  return folder === '.' || folder === '..' || folder === '' ? path.posix.basename(file) : folder;
}
