import { beforeAll, beforeEach, expect, test } from 'vitest';
import type { UserPath } from '../../src/config/config.ts';
import { treatments } from '../../src/config/treatments.ts';
import { startBackend } from '../../src/engine/backend.ts';
import { randomOf, withSeed } from '../../src/engine/seeding.ts';
import * as tf from '../../src/engine/tf.ts';
import type { BatchNormMode } from '../../src/evidence/types.ts';
import { CrossedExperiment } from '../../src/experiment/crossed.ts';
import { Experiment, type ExperimentDesign, type ExperimentOptions } from '../../src/experiment/experiment.ts';
import { saved } from '../model/saved-model.ts';
import { chain } from './network.ts';

const SIZE = 8;
const IMAGES = 24;
const OPTIONS: ExperimentOptions = { onProgress: () => undefined, onNotice: () => undefined, mostThreads: 1, threads: null, cache: null };

let path: UserPath;

beforeAll(() => startBackend('wasm'));

beforeEach(async () => {
  const trunk = withSeed(0, 'trunk', () =>
    chain([SIZE, SIZE, 3], tf.layers.conv2d({ name: 'conv', filters: 4, kernelSize: 3, useBias: false }), tf.layers.batchNormalization({ name: 'norm', momentum: 0.5 }), tf.layers.reLU({ name: 'relu' })),
  );
  path = await saved(trunk);
});

function design(batchNorm: BatchNormMode, suffix = ''): ExperimentDesign {
  const random = randomOf(0, 'images');
  const labels = Int32Array.from({ length: IMAGES }, (_, index) => index % 2);
  const all = [...labels.keys()];
  return {
    setup: {
      network: { path, boundary: null, head: [{ layer: 'global-average-pooling-2d' }, { layer: 'dense', name: 'logits', units: 2 }], train: 'head', batchNorm },
      size: [SIZE, SIZE],
      images: Float32Array.from({ length: IMAGES * SIZE * SIZE * 3 }, () => Math.floor(random() * 256)),
      answers: { kind: 'labels', labels, classes: 2 },
      strata: labels,
      loss: 'cross-entropy',
      probe: all.slice(0, 12),
      recipe: { epochs: 2, batchSize: 8, optimizer: 'adam', learningRate: 0.01, chunk: 16 },
      backend: 'wasm',
      kernels: 'exact',
    },
    treatments: treatments({ input: { normalization: 'minus-one-to-one', arms: ['normalized', 'raw'] } }).map((treatment) => ({ ...treatment, name: treatment.name + suffix })),
    splitOf: () => ({ fold: null, train: all.slice(0, 16), validation: all.slice(16) }),
    chooseBackend: false,
    looks: [2, 3],
    stepsPerEpoch: 2,
    timeLimitSeconds: 600,
  };
}

async function conducted(experiment: Experiment) {
  try {
    await experiment.prepare();
    const measured = await experiment.conduct();
    return { measured, more: await experiment.goOn(3), confirmation: await experiment.confirm(['normalized/training', 'raw/training'], [3, 4, 5]), timing: experiment.timing() };
  } finally {
    await experiment.close();
  }
}

test('each mode gives the bits that it gives alone', async () => {
  const { measured, more, confirmation, timing } = await conducted(new CrossedExperiment([design('inference'), design('training', '/training')], OPTIONS));
  const alone = [await conducted(new Experiment(design('inference'), OPTIONS)), await conducted(new Experiment(design('training', '/training'), OPTIONS))];

  expect(measured.runs).toEqual(alone.flatMap((one) => one.measured.runs));
  expect(more).toEqual(alone.flatMap((one) => one.more));
  expect(confirmation.map(({ arm, seed }) => [arm, seed])).toEqual([3, 4, 5].flatMap((seed) => ['normalized/training', 'raw/training'].map((arm) => [arm, seed])));
  expect(timing.runs).toHaveLength(4 * 3 + 2 * 3);
});

test('a frozen BatchNorm in training mode sees the batch: its input is not computed beforehand, and its scale is lost', async () => {
  const { measured } = await conducted(new Experiment(design('training'), OPTIONS));
  expect(measured.trunk.normalized!.map(({ site }) => site)).toEqual(['conv']);
  const [normalized, raw] = ['normalized', 'raw'].map((arm) => measured.runs.find((run) => run.arm === arm && run.seed === 0)!);
  const look = (run: typeof normalized, mode: string) => run!.observations.find((one) => one.site === 'norm' && one.step === 0 && one.mode === mode)!.y;
  // A convolution without bias before it: scale and offset of the input vanish in the batch's statistics.
  expect(look(raw, 'training').std).toBeCloseTo(look(normalized, 'training').std, 2);
  expect(look(raw, 'inference').std).toBeGreaterThan(20 * look(normalized, 'inference').std);
});
