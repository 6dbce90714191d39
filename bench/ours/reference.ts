/**
 * What a config asks for, and what the product computes for it, as files for the peers:
 * `job.json` (the settings, every default filled in), `check.json` (initial weights and batches of the first run, to
 * follow) and `reference.json` (features of the probe batch). Usage: node reference.cjs CONFIG FOLDER
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { randomOf, shuffled } from '../../src/engine/seeding.ts';
import { type ExperimentDesign } from '../../src/experiment/experiment.ts';
import { initialize } from '../../src/experiment/initialization.ts';
import { learningTask } from '../../src/experiment/learning-tasks/choose.ts';
import { Laboratory } from '../../src/experiment/laboratory.ts';
import { buildNetwork } from '../../src/model/network.ts';
import { readDesign } from './design.ts';

/** Updates after which contestants are compared: before the first, and while rounding has not grown yet. */
const STEPS = [0, 1, 2, 4];
/** Adam's first updates go by the signs of gradients, so that a deep network of which all trains makes rounding grow with each. */
const STEPS_OF_ALL = [0, 1];

/** The first run of the plan. */
const SEED = 0;

const [configPath, folder] = process.argv.slice(2) as [string, string];
const { config, size, design } = await readDesign(configPath);
if (config.data.validation.kind !== 'folds' || size[0] !== size[1]) throw new Error('Peers know folds and square images only.');

const { recipe, network, probe } = design.setup;
const steps = network.path && network.train === 'all' ? STEPS_OF_ALL : STEPS;
write('job.json', {
  data: config.data.path.absolute,
  size: size[0],
  folds: config.data.validation.folds,
  model: network.path?.absolute ?? null,
  train: network.train,
  layers: network.head,
  arms: design.treatments.map(({ name, mean, std }) => ({ name, mean, std })),
  seeds: design.looks[0],
  epochs: recipe.epochs,
  batch_size: recipe.batchSize,
  learning_rate: recipe.learningRate,
  probe_images: probe.length,
});
// Opening the laboratory starts the backend, on which the second network is built.
const laboratory = await Laboratory.open(design.setup);
write('check.json', { weights: await initialWeights(design), batches: firstBatches(design), steps });
write('reference.json', { features: probeFeatures(laboratory, design) });

async function initialWeights({ setup }: ExperimentDesign): Promise<Record<string, { shape: number[]; values: number[] }>> {
  const { newLayers } = await buildNetwork(setup.network, setup.size, learningTask(setup.answers, setup.loss).outputShape);
  initialize(newLayers, SEED);
  const weights = newLayers.flatMap((layer) => layer.weights);
  return Object.fromEntries(weights.map((weight) => [weight.originalName, { shape: weight.read().shape, values: Array.from(weight.read().dataSync()) }]));
}

function firstBatches({ setup, splitOf }: ExperimentDesign): number[][] {
  const { train } = splitOf(SEED);
  const order = Array.from(shuffled(train.length, randomOf(SEED, 'order/1')), (position) => train[position]!);
  const { batchSize } = setup.recipe;
  return Array.from({ length: steps.at(-1)! }, (_, step) => order.slice(step * batchSize, (step + 1) * batchSize));
}

/** By arm; null where nothing is frozen. */
function probeFeatures(lab: Laboratory, { setup, treatments }: ExperimentDesign): Record<string, number[][]> | null {
  const { featureSize: row, activations } = lab.survey();
  if (activations.prefix === 0) return null;
  const images = setup.strata.length;
  return Object.fromEntries(
    treatments.map((treatment) => {
      const features = new Float32Array(images * row);
      lab.features(treatment, 0, images, features);
      return [treatment.name, setup.probe.map((image) => Array.from(features.subarray(image * row, (image + 1) * row)))];
    }),
  );
}

function write(file: string, content: unknown): void {
  writeFileSync(path.join(folder, file), JSON.stringify(content));
}
